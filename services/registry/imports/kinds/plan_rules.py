"""What a file of plans (SKP) would change: drafts begin or are replaced, what is agreed stays."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.imports.cells import day_of
from services.registry.imports.entities import EntityPlan
from services.registry.imports.kinds.plan_drafts import PlanDraft, ResultDraft
from services.registry.imports.kinds.plan_rows import (
    PERIOD_KIND,
    KnownPlans,
    Results,
    rows_of,
    serving_texts,
)
from services.registry.imports.matching import found_in, person_in
from services.registry.imports.rules import CellRefused, Findings, Row, Sheet
from services.registry.indicators.rules import Refusal
from services.registry.people.rules import RATED_KINDS
from services.registry.periods.rules import CLOSED, Period
from services.registry.plans.documents.rules import (
    Document,
    Known,
    Result,
    document_refusals,
    reference_refusals,
)
from services.registry.plans.rules import AGREED, Plan, Revision, edited, led_by

_PLACE: Final = re.compile(r"results\[(\d+)\]\.(?:indicators\[(\d+)\]\.)?(\w+)")
_COLUMNS: Final = {
    "serves_result_id": "serves",
    "serves_goal_id": "goal",
    "indicator_id": "measured_by",
    "id": "result",
}
"""Fields of a request whose columns are called otherwise."""
_NOT_AGREED: Final = (
    "is of a plan that both have agreed on, which no file changes: amend it from a day on first, "
    "or leave the row out"
)
Key = tuple[UUID, UUID]
"""A person and a period."""


@dataclass(slots=True)
class PlansPlan(EntityPlan[Plan]):
    """Plans to insert and to update; `created`, `changed` and `unchanged` count rows."""


@dataclass(slots=True)
class _Group:
    """The rows of one plan."""

    period: Period
    draft: PlanDraft
    stored: Plan | None
    leader_id: UUID | None
    valid_from: date
    rows: list[Row] = field(default_factory=list)


def plan_plans(sheet: Sheet, known: KnownPlans, *, new_id: Callable[[], UUID]) -> PlansPlan:
    """A plan is recognised by person and period, a result in it by its title, an indicator of a
    result by title and aspect. The rows of a plan are all its results: those that the file lacks
    leave the draft. What behaviour is expected, and the other texts, stay."""
    planner = _Planner(sheet, known, new_id)
    for row in sheet.each():
        planner.take(row)
    planner.end()
    return planner.plan


class _Planner:
    def __init__(self, sheet: Sheet, known: KnownPlans, new_id: Callable[[], UUID]) -> None:
        self.plan = PlansPlan(Findings(sheet))
        self._findings = self.plan.findings
        self._sheet = sheet
        self._known = known
        self._new_id = new_id
        self._periods = {(each.kind, each.starts_on): each for each in known.periods}
        self._by_id = {each.id: each for each in known.periods}
        self._stored = {(each.person_id, each.period_id): each for each in known.plans}
        self._groups: dict[Key, _Group] = {}
        quiet = Findings(sheet)
        self._left_out = {self._key(row, quiet): row.line for row in sheet.left_out}

    def take(self, row: Row) -> None:
        key = self._key(row, self._findings)
        if key is None:
            return
        if line := self._left_out.get(key):
            reason = f"is of the same plan as line {line}, which is bad: correct that one first"
            self._findings.refuse(row, "person", reason)
            return
        group = self._groups.get(key) or self._begin(row, key)
        group.rows.append(row)
        if row["valid_from"]:
            day = day_of(row, "valid_from", self._findings)
            if day and day != group.valid_from:
                reason = f"differs: the plan holds from {group.valid_from}; leave the cell empty"
                self._findings.refuse(row, "valid_from", reason)
        group.draft.take(row)

    def end(self) -> None:
        for key, group in self._groups.items():
            self._end(key, group)
        self.plan.further = {"plans": len(self.plan.new)}

    def _key(self, row: Row, findings: Findings) -> Key | None:
        person = person_in(self._known.people, row, "person", findings)
        if not row["person"]:
            findings.refuse(row, "person", "is empty: state the NIP or employee id")
        kind = "yearly"
        if row["period_kind"]:
            kind = PERIOD_KIND.of(row, "period_kind", findings) or ""
        first = self._first(row, findings)
        if not (person and kind and first):
            return None
        period = self._periods.get((kind, first))
        if period is None:
            reason = f"is not the first day of a {kind} period that is stored: import periods first"
            findings.refuse(row, "period", reason)
            return None
        return person.id, period.id

    def _first(self, row: Row, findings: Findings) -> date | None:
        if not row["period"]:
            findings.refuse(row, "period", "is empty: state the first day of the period")
            return None
        if re.fullmatch(r"[12]\d{3}", row["period"]):
            return date(int(row["period"]), 1, 1)
        return day_of(row, "period", findings)

    def _begin(self, row: Row, key: Key) -> _Group:
        stored, period = self._stored.get(key), self._by_id[key[1]]
        day = stored.newest.valid_from if stored else period.starts_on
        if not stored and row["valid_from"]:
            day = day_of(row, "valid_from", Findings(self._sheet)) or day
        results = stored.newest.document.results if stored else ()
        draft = PlanDraft(self._sheet, self._known, self._findings, results, new_id=self._new_id)
        leaders = (
            line.assessor_id
            for line in self._known.lines
            if line.person_id == key[0] and line.holds_on(day)
        )
        group = _Group(period, draft, stored, next(leaders, None), day)
        self._groups[key] = group
        return group

    def _end(self, key: Key, group: _Group) -> None:
        led = self._led(group.leader_id, key[1])
        if group.stored and self._as_exported(group, led):
            self.plan.unchanged += len(group.rows)
            return
        results = tuple(self._result(draft, led) for draft in group.draft.results.values())
        if any(row.line in self._findings.lines for row in group.rows):
            return
        before = group.stored.newest.document if group.stored else Document()
        document = replace(before, results=results)
        if group.stored and document == before:
            self.plan.unchanged += len(group.rows)
            return
        self._check(key, group, document, led)
        if any(row.line in self._findings.lines for row in group.rows):
            return
        assert group.leader_id is not None
        if group.stored:
            self.plan.altered.append(edited(led_by(group.stored, group.leader_id), document))
            self.plan.changed += len(group.rows)
        else:
            revision = Revision(1, group.valid_from, group.leader_id, document)
            self.plan.new.append(Plan(self._new_id(), *key, revisions=(revision,)))
            self.plan.created += len(group.rows)

    def _led(self, leader_id: UUID | None, period_id: UUID) -> Results:
        """The results of a leader's plan: as the file has them, or else as they are stored."""
        if leader_id is None:
            return Results((), None)
        stored, group = (
            self._stored.get((leader_id, period_id)),
            self._groups.get((leader_id, period_id)),
        )
        if group is None:
            return Results(stored.newest.document.results if stored else (), stored)
        drafts = group.draft.results.values()
        return Results([Result(each.id, each.main, each.title) for each in drafts], stored)

    def _as_exported(self, group: _Group, led: Results) -> bool:
        assert group.stored is not None
        shown = rows_of(group.stored, group.period, self._known, led)
        return len(shown) == len(group.rows) and all(
            row[name] == cells.get(name, "")
            for row, cells in zip(group.rows, shown, strict=True)
            for name in self._sheet.places
            if name != "person_name"
        )

    def _result(self, draft: ResultDraft, led: Results) -> Result:
        before, row = draft.before, draft.row
        shown = serving_texts(before, self._known, led) if before else {}
        above = before.serves_result_id if before else None
        goal = before.serves_goal_id if before else None
        if "goal" in self._sheet.places and row["goal"] != shown.get("goal"):
            goal = found_in(self._known.goals, row, "goal", self._findings)
        if "serves" in self._sheet.places and row["serves"] != shown.get("serves"):
            above = None
            try:
                above = led.find(row["serves"]) if row["serves"] else None
            except CellRefused:
                # Whoever stands at the top serves goals of the region; files have one column.
                goal = goal or self._goal(row)
        return Result(draft.id, draft.main, draft.title, above, goal, tuple(draft.targets))

    def _goal(self, row: Row) -> UUID | None:
        try:
            return self._known.goals.find(row["serves"])
        except CellRefused:
            reason = (
                "is neither a result of the leader's plan for this period nor a goal: import the "
                "leader's plan with it or first, or leave the cell empty"
            )
            self._findings.refuse(row, "serves", reason)
            return None

    def _check(self, key: Key, group: _Group, document: Document, led: Results) -> None:
        """Note everything for which this document cannot be the plan's."""
        for row in group.rows:
            for name, reason in self._reasons(key[0], group):
                self._findings.refuse(row, name, reason)
        known = Known(self._known.measured, self._goals(document), led.ids, ())
        drafts = [*group.draft.results.values()]
        for refusal in (*document_refusals(document), *reference_refusals(document, known)):
            row, name = _at(refusal, drafts)
            self._findings.refuse(row, name, refusal.problem)

    def _reasons(self, person_id: UUID, group: _Group) -> Iterator[tuple[str, str]]:
        if group.stored and group.stored.newest.state == AGREED:
            yield "result", _NOT_AGREED
        if group.period.state == CLOSED:
            yield "period", "is of a period that is closed: have it opened again first"
        if not group.period.starts_on <= group.valid_from < group.period.ends_on:
            yield "valid_from", "must be a day of the period"
        if group.leader_id is None:
            yield (
                "person",
                f"is assessed by nobody on {group.valid_from}: import the reporting lines first, "
                "or state from which later day the plan holds",
            )
        if self._known.people.kind_of(person_id) not in RATED_KINDS and not group.stored:
            yield "person", "is not rated: only civil servants and PPPK have a plan"

    def _goals(self, document: Document) -> set[UUID]:
        """They were found in a book, or stood there before."""
        return {result.serves_goal_id for result in document.results if result.serves_goal_id}


def _at(refusal: Refusal, drafts: list[ResultDraft]) -> tuple[Row, str]:
    """The row and the column that a refused field of a document stands for."""
    if not (found := _PLACE.match(refusal.field)):
        return drafts[0].row, "result"
    draft = drafts[int(found[1])]
    row = draft.rows[int(found[2])] if found[2] else draft.row
    return row, _COLUMNS.get(found[3], found[3])
