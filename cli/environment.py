"""Finds a local stack that is running, so that commands need no settings beside it."""

import os
from pathlib import Path

_loaded: set[str] = set()


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
        if variable.startswith("TERA_") and variable not in os.environ:
            os.environ[variable] = value
            _loaded.add(variable)


def forget_running_stack() -> None:
    """Take the running stack's variables away again: for commands that start one of their own."""
    for variable in _loaded:
        os.environ.pop(variable, None)
    _loaded.clear()
