"""Reporting lines from any file: what is planned can be, and planning it again is nothing."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.registry.imports.entities import EntityPlan
from services.registry.imports.kinds.line_rules import KnownLines, plan_lines
from services.registry.imports.matching import NamedPerson, PersonBook
from services.registry.imports.rules import Row, Sheet
from services.registry.reporting_lines.rules import Line, circles

NAMES = ("a", "b", "c", "d")
BOOK = PersonBook(NamedPerson(UUID(int=at), "non_asn", None, name) for at, name in enumerate(NAMES))
FIELDS = ("person", "assessor", "reviewer", "from", "until")


def _day(number: int | None) -> str:
    return "" if number is None else str(date(2026, 1, 1) + timedelta(days=number))


ROWS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.sampled_from(("", *NAMES)),
        st.integers(0, 8).map(_day),
        st.none() | st.integers(0, 12),
    ).map(lambda row: (*row[:4], _day(row[4]))),
    max_size=6,
)


def plan_of(rows: Iterable[tuple[str, ...]], stored: Iterable[Line]) -> EntityPlan[Line]:
    made = [Row(at, dict(zip(FIELDS, row, strict=True)), row) for at, row in enumerate(rows, 2)]
    places = {name: at for at, name in enumerate(FIELDS)}
    sheet = Sheet("", "utf-8", 1, FIELDS, places, made)
    while (plan := plan_lines(sheet, KnownLines(BOOK, stored), new_id=uuid4)).findings.lines:
        sheet = sheet.without(plan.findings.lines)
    return plan


def stored_after(plan: EntityPlan[Line], stored: Iterable[Line]) -> list[Line]:
    changed = {line.id: line for line in plan.altered}
    return [changed.get(line.id, line) for line in stored] + plan.new


@given(ROWS, ROWS)
def test_good_rows_can_be_stored_and_mean_nothing_new_again(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> None:
    stored: list[Line] = []
    for rows in (first, second):
        plan = plan_of(rows, stored)
        good = plan.created + plan.changed + plan.unchanged
        stored = stored_after(plan, stored)
        for one, other in combinations(stored, 2):
            assert one.person_id != other.person_id or not one.overlaps(other)
        assert not circles(stored, stored)
        assert all(
            line.valid_until is None or line.valid_until > line.valid_from for line in stored
        )
        again = plan_of(rows, stored)
        assert (again.new, again.altered) == ([], []) or good < len(rows)
