"""Finds a local stack that is running, so that commands need no settings beside it."""

import os
from pathlib import Path


def load_running_stack() -> None:
    """Set every TERA_ variable that the stack of TERA_HOME announces and the environment leaves
    open.

    Does nothing where no stack runs or where devstack is not installed.
    """
    try:
        from devstack.state import load_environment
    except ImportError:
        return
    home = Path(os.environ.get("TERA_HOME", ".tera"))
    for variable, value in load_environment(home).items():
        if variable.startswith("TERA_"):
            os.environ.setdefault(variable, value)
