"""Plans as rows, one for each indicator of a result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.registry.imports.amounts import Choice
from services.registry.imports.entities import one_line
from services.registry.imports.kinds.target_rules import range_texts
from services.registry.imports.matching import NameBook, Named, PersonBook
from services.registry.indicators.rules import Indicator
from services.registry.periods.rules import Period
from services.registry.plans.documents.rules import Result
from services.registry.plans.rules import Plan
from services.registry.reporting_lines.rules import Line

PERIOD_KIND: Final = Choice(
    {
        "monthly": "bulanan, bulan, month",
        "quarterly": "triwulanan, triwulan, tw, quarter",
        "yearly": "tahunan, tahun, year, annual",
    }
)
MAIN: Final = Choice({"main": "utama", "additional": "tambahan"})


@dataclass(frozen=True, slots=True)
class KnownPlans:
    """What rows of plans may concern: `plans` are those of everybody in the file and of who
    assesses them, for the periods in the file; `lines` are of the same people."""

    people: PersonBook
    periods: Iterable[Period]
    lines: Iterable[Line]
    plans: Iterable[Plan]
    goals: NameBook
    indicators: NameBook
    measured: Mapping[UUID, Indicator]


class Results:
    """Results that a team may serve: by title those of the newest document, others by id."""

    def __init__(self, newest: Sequence[Result], plan: Plan | None) -> None:
        ids = {result.id for result in newest}
        ids |= {
            each.id for rev in (plan.revisions if plan else ()) for each in rev.document.results
        }
        titles = {result.id: (result.title,) for result in newest}
        self.ids = ids
        self._book = NameBook(
            [Named(each, None, titles.get(each, ())) for each in ids], kind="plans"
        )

    def find(self, text: str) -> UUID:
        """Raises `CellRefused`."""
        return self._book.find(text)

    def word_for(self, result_id: UUID) -> str:
        """The title, where it is the only one; otherwise, and for what is no longer a result of the
        leader, the id."""
        return self._book.word_for(result_id) if result_id in self.ids else str(result_id)


def rows_of(plan: Plan, period: Period, known: KnownPlans, led: Results) -> list[dict[str, str]]:
    """The newest revision as cells; `led` are the results of its leader."""
    head = {
        "person": known.people.word_for(plan.person_id),
        "period_kind": PERIOD_KIND.texts[period.kind],
        "period": period.starts_on.isoformat(),
        "valid_from": plan.newest.valid_from.isoformat(),
    }
    rows = []
    for result in plan.newest.document.results:
        cells = head | {
            "main": MAIN.texts["main" if result.main else "additional"],
            "result": one_line(result.title),
            **serving_texts(result, known, led),
        }
        for target in result.indicators:
            measured_by = target.indicator_id
            rows.append(
                cells
                | range_texts(target)
                | {
                    "indicator": one_line(target.title),
                    "measured_by": known.indicators.word_for(measured_by) if measured_by else "",
                }
            )
        if not result.indicators:
            rows.append(cells)
    return rows or [head]


def serving_texts(result: Result, known: KnownPlans, led: Results) -> dict[str, str]:
    """What the result serves, as cells."""
    goal, above = result.serves_goal_id, result.serves_result_id
    return {
        "serves": one_line(led.word_for(above)) if above else "",
        "goal": one_line(known.goals.word_for(goal)) if goal else "",
    }
