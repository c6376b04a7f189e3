"""Counts of respondents that may be shown, so that nobody can be found in them (promise G10).

A profile stands beside no mark anywhere. Yet a table of one respondent is a profile, and two tables
that differ by one respondent are another: the *period* and the *groups* are bounded here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

LEAST: Final = 5
"""The smallest group of respondents that is shown to whom the full distribution is not owed."""

NOT_STATED: Final = "not_stated"


@dataclass(frozen=True, slots=True)
class Group:
    """Respondents whose answer is one of ``values``: several where small ones were merged."""

    values: tuple[str, ...]
    answers: int


def full(counts: Mapping[str, int], values: Sequence[str]) -> list[Group]:
    """Each value alone, zeros included, in the order of ``values``."""
    return [Group((value,), counts.get(value, 0)) for value in values]


def merged(counts: Mapping[str, int], values: Sequence[str]) -> list[Group]:
    """Each value alone where it has none or at least ``LEAST`` answers; the others as one group.

    Where that group would be smaller than ``LEAST``, or give its values' counts away, other
    values join it. Nothing is left where all together are too few.
    """
    small = {value for value in values if 0 < counts.get(value, 0) < LEAST}
    # Those that join are taken by their place: taken by their size, it would tell their counts.
    others = [value for value in values if counts.get(value, 0) >= LEAST]
    while small and _gives_away(len(small), _sum(counts, small)):
        if not others:
            return []
        small.add(others.pop())
    groups = [Group((value,), counts.get(value, 0)) for value in values if value not in small]
    if small:
        together = tuple(value for value in values if value in small)
        groups.append(Group(together, _sum(counts, small)))
    return groups


def _gives_away(values: int, answers: int) -> bool:
    """Whether a group of small ones is too small, or leaves one possibility only: a single value,
    all with one answer, all with the most that is small."""
    return values == 1 or answers < LEAST or answers in {values, values * (LEAST - 1)}


def _sum(counts: Mapping[str, int], values: set[str]) -> int:
    return sum(counts.get(value, 0) for value in values)


def months_between(from_: datetime, until: datetime, zone: str) -> int | None:
    """How many whole calendar months of the zone lie in [from, until); None where they are not
    whole ones. Freely chosen moments would cut out a single respondent."""
    place = ZoneInfo(zone)
    begins, ends = from_.astimezone(place), until.astimezone(place)
    if any(moment != moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
           for moment in (begins, ends)):  # fmt: skip
        return None
    months = (ends.year - begins.year) * 12 + ends.month - begins.month
    return months if months > 0 else None
