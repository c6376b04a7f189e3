"""Errors for people: one line on stderr, exit code 1 (it failed) or 2 (it was asked wrongly)."""

import os
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from cli.environment import load_running_stack


class UserError(Exception):
    """A command cannot do what was asked; the message says what to do next."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class OneLineErrors(TyperGroup):
    """Runs commands with the settings of a running local stack, and without tracebacks.

    TERA_LOG_LEVEL=debug shows the traceback as well.
    """

    def invoke(self, ctx: Any) -> Any:
        load_running_stack()
        try:
            return super().invoke(ctx)
        except (typer.TyperException, typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except Exception as error:
            if os.environ.get("TERA_LOG_LEVEL", "").lower() == "debug":
                traceback.print_exception(error)
            typer.echo(f"tera: {sentence(error)}", err=True)
            code = error.code if isinstance(error, UserError) else 1
            raise typer.Exit(code) from None


def sentence(error: Exception) -> str:
    """The error on one line; the type is named where the words alone would not say enough."""
    words = " ".join(str(error).split())
    ours = type(error).__module__.split(".")[0] in {"cli", "shared", "services", "devstack"}
    if ours and words:
        return words
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
