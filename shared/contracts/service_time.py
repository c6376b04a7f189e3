"""When a service can have been rendered: the same bounds at intake, in storage and in scoring.

What intake accepts must count, so nobody has bounds of their own.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator

from shared.contracts.event import Instant

FIRST_DAY: Final = date(2000, 1, 1)
"""The first day of service, in any zone."""

EARLIEST_SERVICE: Final = datetime(1999, 12, 31, tzinfo=UTC)
"""The first moment of service; included. Noon of the first day is after it in every zone."""

SERVICE_BEFORE: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""The end of the moments of service; not included."""

SERVICE_YEARS: Final = f"the years {FIRST_DAY.year} to {SERVICE_BEFORE.year - 1}"
"""The bounds in words."""


def is_service_time(moment: datetime) -> bool:
    """Whether a service can have been rendered at this moment, which has a zone."""
    return EARLIEST_SERVICE <= moment < SERVICE_BEFORE


def is_service_day(day: date) -> bool:
    """Whether a service can have been rendered on this day, wherever it was."""
    return FIRST_DAY <= day < SERVICE_BEFORE.date()


def _possible_time(moment: datetime) -> datetime:
    if not is_service_time(moment):
        raise ValueError(f"must be a time of {SERVICE_YEARS}")
    return moment


def _possible_day(day: date) -> date:
    if not is_service_day(day):
        raise ValueError(f"must be a day of {SERVICE_YEARS}")
    return day


ServiceTime = Annotated[Instant, AfterValidator(_possible_time)]
"""A moment at which a citizen can have been served, in UTC."""

ServiceDay = Annotated[date, AfterValidator(_possible_day)]
"""A day on which a citizen can have been served, in the tenant's zone."""
