"""Events of time: evaluation periods and working calendars."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Instant, Part
from shared.contracts.registry import EntityChanged


class PeriodKind(StrEnum):
    """The yearly rating is not an average of the periodic ones."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class PeriodState(StrEnum):
    """A period is planned, runs, is evaluated and is closed, in this order."""

    PLANNED = "planned"
    RUNNING = "running"
    EVALUATING = "evaluating"
    CLOSED = "closed"


class PeriodChanged(EntityChanged):
    """An evaluation period from ``starts_on`` to before ``ends_on``. What is received after
    ``closes_at`` is late."""

    type: ClassVar[str] = "registry.period.v1"
    kind: ClassVar[str] = "period"

    period_kind: PeriodKind
    starts_on: date
    ends_on: date
    closes_at: Instant
    state: PeriodState


class WorkingSpan(Part):
    """From ``starts`` to before ``ends`` of one day, in the tenant's zone."""

    starts: time
    ends: time


class WorkingDay(Part):
    """A date that differs from its weekday; without spans it is a holiday."""

    day: date
    spans: tuple[WorkingSpan, ...] = ()


class CalendarChanged(EntityChanged):
    """When a tenant works, or one unit and those below it; the nearest wins. Of several on the same
    unit the one with the latest ``valid_from`` not after the day holds."""

    type: ClassVar[str] = "registry.calendar.v1"
    kind: ClassVar[str] = "calendar"

    unit_id: UUID | None = None
    valid_from: date
    week: Annotated[tuple[tuple[WorkingSpan, ...], ...], Field(min_length=7, max_length=7)]
    """Monday to Sunday."""
    days: tuple[WorkingDay, ...] = ()
