"""Fixtures of every test: one devstack for the whole run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.stack import Stack

pytest_plugins = ["tests.support.databases"]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, broker and issuer, or those that the TERA_ variables name."""
    with (
        tempfile.TemporaryDirectory(prefix="tera-tests-", ignore_cleanup_errors=True) as folder,
        Stack(Path(folder)) as running,
    ):
        yield running
