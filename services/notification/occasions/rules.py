"""What is worth a message, and who is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.notification.wording.rules import Occasion

CRITICAL_MARK = 1
"""An answer with such a mark is critical."""
CRITICAL_WITHIN = timedelta(hours=24)
"""From the service to the answer's arrival: later ones, from paper for example, are no alarm."""
GRADE_SAMPLE = 30
"""Answers below which a grade is too uncertain to tell of its changes: the sample below which an
index is provisional by default."""
GRADE_WITHIN = timedelta(days=31)
"""After the end of a period: what an import does to older ones is no news."""
HESITATION = timedelta(seconds=10)
"""While somebody who is usually told is not known, an occasion waits so long before the others, or
somebody further up, are told: registry and answers come by different topics, and a head may be
known a moment later."""
GIVE_UP = timedelta(days=7)
"""An occasion older than this is told to nobody any more, whether it waited for a unit or its event
came late. So reading topics again from their beginning alarms nobody."""


def critical_elements(marks: Mapping[str, int | None]) -> list[str]:
    """The elements of an answer that were given the critical mark, in the order of ``marks``."""
    return [element for element, mark in marks.items() if mark == CRITICAL_MARK]


def is_fresh(occurred_at: datetime, received_at: datetime) -> bool:
    """Whether an answer came soon enough after the service to be an alarm. Only the event's own
    moments decide, never when it is read."""
    return received_at - occurred_at <= CRITICAL_WITHIN


def tells_of_grade(
    *,
    previous: str | None,
    grade: str | None,
    answers: int,
    period_starts: date,
    months: int,
    computed_on: date,
) -> bool:
    """Whether a unit's card over all services announces a changed grade.

    Only quarters do: a month's grade swings with its first answers and stands in the month's
    digest; so does a single service's, whose sample is smaller still. A first grade is no change.
    """
    if months != 3 or previous is None or grade is None or previous == grade:
        return False
    ends = _months_after(period_starts, months)
    # A day of grace at the beginning: the event's day is UTC's, the period's the tenant's.
    began = period_starts <= computed_on + timedelta(days=1)
    return answers >= GRADE_SAMPLE and began and computed_on <= ends + GRADE_WITHIN


def _months_after(day: date, months: int) -> date:
    counted = day.year * 12 + day.month - 1 + months
    return date(counted // 12, counted % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Answerable:
    """Somebody with a duty on the day: ``depth`` 0 is the unit itself, 1 the one above it."""

    depth: int
    person_id: UUID
    head: bool
    survey_officer: bool


def readers(occasion: Occasion, line: Sequence[Answerable]) -> frozenset[UUID]:
    """Who is told.

    Of everything the heads of the unit, or of the nearest one above that has any; of a digest only
    the unit's own. Of a grade the heads one level above these too, and the nearest survey officers.
    """
    heads = _nearest([person for person in line if person.head])
    if occasion is Occasion.PERIOD_DIGEST:
        return frozenset(head.person_id for head in heads if head.depth == 0)
    told = {head.person_id for head in heads}
    if occasion is Occasion.GRADE_CHANGED:
        above = {head.depth + 1 for head in heads}
        told |= {person.person_id for person in line if person.head and person.depth in above}
        officers = [person for person in line if person.survey_officer]
        told |= {officer.person_id for officer in _nearest(officers)}
    return frozenset(told)


def nobody_is_missing(occasion: Occasion, line: Sequence[Answerable], *, levels: int) -> bool:
    """Whether all who are usually told are known, of a unit with ``levels`` - 1 above it: its own
    head; and of a grade the head above and a survey officer."""
    heads = {person.depth for person in line if person.head}
    if occasion is not Occasion.GRADE_CHANGED:
        return 0 in heads
    officers = any(person.survey_officer for person in line)
    return heads.issuperset(range(min(levels, 2))) and officers


def _nearest(among: Sequence[Answerable]) -> list[Answerable]:
    nearest = min((person.depth for person in among), default=None)
    return [person for person in among if person.depth == nearest]
