"""What a fact holds, and whose it is: the rule that the counting statement applies, in Python.

The statement does the same in SQL; the tests hold the two equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

ELEMENTS = (
    "persyaratan",
    "prosedur",
    "waktu",
    "biaya",
    "produk",
    "kompetensi",
    "perilaku",
    "pengaduan",
    "sarana",
)
"""Of PermenPANRB 14/2017, in the order of the questionnaire; the bits of ``answered`` follow it."""

MARKS = (1, 2, 3, 4)

TALLY_KEY = (
    "tenant_id",
    "subject_kind",
    "subject_id",
    "unit_id",
    "month",
    "service_id",
    "answered",
)
"""What a tally is about; ``answered`` is the set of elements that its answers gave marks to."""

ALL_SERVICES = UUID(int=0)
"""Stands for "over all services" in keys, which hold no nulls."""

COUNTS = tuple(f"{element}_{mark}" for element in ELEMENTS for mark in MARKS)
"""What a tally counts besides its answers: how often each element was given each mark."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person works in a unit from ``valid_from`` (included) to ``valid_until`` (excluded)."""

    id: UUID
    person_id: UUID
    unit_id: UUID
    definitive: bool
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """``month`` is the first of the month; ``person_unit_id`` the unit of the assignment under
    which the answer is evidence for the officer, or None where it is evidence for nobody."""

    month: date
    person_unit_id: UUID | None


def attribute(
    occurred_at: datetime,
    zone: str,
    *,
    unit_id: UUID,
    officer_id: UUID | None,
    assignments: Iterable[Assignment],
) -> Attribution:
    """Attribute a fact whose tenant, unit and service are known.

    The day is the tenant's. Of several assignments of the officer on that day the one in the
    fact's unit is preferred, then a definitive one, then the lowest id.
    """
    day = occurred_at.astimezone(ZoneInfo(zone)).date()
    valid = [
        a
        for a in assignments
        if a.person_id == officer_id
        and a.valid_from <= day
        and (a.valid_until is None or day < a.valid_until)
    ]
    best = min(valid, key=lambda a: (a.unit_id != unit_id, not a.definitive, a.id), default=None)
    return Attribution(day.replace(day=1), best.unit_id if best else None)
