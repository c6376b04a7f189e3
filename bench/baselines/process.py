"""Starting a baseline as a process of its own, as services are."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from devstack.child import Child

DATABASE: Final = "TERA_BENCH_DATABASE"
"""Names the database of a baseline, by the URL of a login that sees all tenants."""


def start_baseline(
    module: str, *arguments: str, folder: Path, environment: Mapping[str, str]
) -> Child:
    """Run `bench.baselines.<module>`; its output goes to a log in the installation's folder."""
    child = Child(module, folder / "logs" / f"{module}.log", folder)
    child.start(
        [sys.executable, "-m", f"bench.baselines.{module}", *arguments],
        {**os.environ, **environment, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return child
