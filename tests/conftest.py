"""Fixtures of every test: one devstack for the whole run."""

import gc
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from devstack.stack import Stack

# Half of what Hypothesis would try: the suite has to stay quick. ARGS=--hypothesis-profile=default
# tries the whole.
settings.register_profile("quick", max_examples=50)
settings.load_profile("quick")

pytest_plugins = ["tests.support.databases", "tests.support.browser"]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, broker and issuer, or those that the TERA_ variables name."""
    with (
        tempfile.TemporaryDirectory(prefix="tera-tests-", ignore_cleanup_errors=True) as folder,
        Stack(Path(folder)) as running,
    ):
        yield running


def pytest_sessionfinish() -> None:
    """Clear away failed futures of fenced producers: their finalisers, run by chance in the middle
    of an import, crash the compiler of Python 3.11 (`AST constructor recursion depth mismatch`)."""
    gc.collect()
