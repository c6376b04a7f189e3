"""What a check finds, and what it may ask with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.settings import Settings


class Severity(StrEnum):
    """An error stops something; a warning will; skipped could not be looked at from here."""

    error = "error"
    warning = "warning"
    skipped = "skipped"


@dataclass(frozen=True)
class Finding:
    """``next`` is the command, or the thing to do, that comes next."""

    severity: Severity
    sentence: str
    next: str = ""


@dataclass(frozen=True)
class Limits:
    """Seconds, or shares, above which something is said."""

    transaction: float = 60.0
    outbox: float = 60.0
    clock: float = 5.0
    progress: float = 3.0
    """How long a consumer is watched for movement."""
    free_share: float = 0.05
    free_bytes: int = 500_000_000


@dataclass(frozen=True)
class Patient:
    """An installation as this environment shows it: its settings and the logins it holds."""

    settings: "Settings"
    environment: Mapping[str, str]
    limits: Limits = Limits()

    def url(self, service: str, login: str) -> str | None:
        """A login's address, where this environment has it."""
        return self.environment.get(f"TERA_{service}_{login}_URL".upper()) or None


Check = Callable[[Patient], Awaitable[list[Finding]]]
"""Finds nothing where all is well; raises nothing."""


def error(sentence: str, next: str = "") -> Finding:
    return Finding(Severity.error, sentence, next)


def warning(sentence: str, next: str = "") -> Finding:
    return Finding(Severity.warning, sentence, next)


def skipped(sentence: str, next: str = "") -> Finding:
    return Finding(Severity.skipped, sentence, next)


def why(failure: BaseException) -> str:
    """A failure on one line."""
    return " ".join(f"{type(failure).__name__}: {failure}".split()).rstrip(": ")
