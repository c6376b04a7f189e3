"""What the rows of one plan say: results with their indicators, recognised in the stored plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.registry.imports.entities import one_line
from services.registry.imports.kinds.indicator_words import ASPECT
from services.registry.imports.kinds.plan_rows import MAIN, KnownPlans
from services.registry.imports.kinds.target_rules import Range, RangeReader
from services.registry.imports.matching import found_in
from services.registry.imports.rules import Findings, Row, Sheet
from services.registry.plans.documents.rules import MOST_RESULTS, MOST_TARGETS, Result, Target

_RANGE = ("aspect", "measure_unit", "better", "target_low", "target_high", "measured_by")


@dataclass(slots=True)
class ResultDraft:
    """One result of the file; `before` is what it was. `rows` are those of its indicators."""

    row: Row
    id: UUID
    title: str
    main: bool
    before: Result | None
    targets: list[Target] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


class PlanDraft:
    """Reads the rows of one plan in their order."""

    def __init__(
        self,
        sheet: Sheet,
        known: KnownPlans,
        findings: Findings,
        stored: Sequence[Result],
        *,
        new_id: Callable[[], UUID],
    ) -> None:
        self.results: dict[str, ResultDraft] = {}
        self._sheet = sheet
        self._known = known
        self._findings = findings
        self._new_id = new_id
        self._stored = {one_line(result.title): result for result in stored}
        self._left = {one_line(result.title): [*result.indicators] for result in stored}

    def take(self, row: Row) -> None:
        """A row of the plan; what it refuses is noted."""
        named = [name for name in ("indicator", *_RANGE) if row[name]]
        if not row["result"]:
            if named or row["serves"] or row["goal"]:
                self._findings.refuse(row, "result", "is empty: state the result that is expected")
            return
        draft = self._draft(row)
        if not row["indicator"]:
            if named:
                self._findings.refuse(row, "indicator", "is empty: name the indicator")
            return
        target = self._target(row, draft)
        if len(draft.targets) == MOST_TARGETS:
            reason = f"is one too many: a result has at most {MOST_TARGETS} indicators"
            self._findings.refuse(row, "indicator", reason)
        elif target:
            draft.targets.append(target)
            draft.rows.append(row)

    def _draft(self, row: Row) -> ResultDraft:
        said = MAIN.of(row, "main", self._findings)
        draft = self.results.get(row["result"])
        if draft is None:
            before = self._stored.get(row["result"])
            main = before.main if before and not said else said != "additional"
            result_id = before.id if before else self._new_id()
            draft = ResultDraft(row, result_id, row["result"], main, before)
            self.results[row["result"]] = draft
            if len(self.results) > MOST_RESULTS:
                reason = f"is one too many: a plan has at most {MOST_RESULTS} results"
                self._findings.refuse(row, "result", reason)
            return draft
        if said and (said == "main") != draft.main:
            self._differs(row, "main", draft)
        for name in ("serves", "goal"):
            if row[name] not in ("", draft.row[name]):
                self._differs(row, name, draft)
        return draft

    def _differs(self, row: Row, name: str, draft: ResultDraft) -> None:
        reason = f"differs from line {draft.row.line}, which is of the same result: state it once"
        self._findings.refuse(row, name, reason)

    def _target(self, row: Row, draft: ResultDraft) -> Target | None:
        before = self._recognised(row, draft)
        indicator_id = before.indicator_id if before else None
        if "measured_by" in self._sheet.places and not (
            indicator_id and row["measured_by"] == self._known.indicators.word_for(indicator_id)
        ):
            indicator_id = found_in(self._known.indicators, row, "measured_by", self._findings)
        reader = RangeReader(row, self._sheet, self._findings, before)
        measured = reader.read(direction_by_aspect=True)
        if measured is None:
            return None
        ranged = {name: getattr(measured, name) for name in Range.__slots__}
        target_id = before.id if before else self._new_id()
        return Target(target_id, title=row["indicator"], indicator_id=indicator_id, **ranged)

    def _recognised(self, row: Row, draft: ResultDraft) -> Target | None:
        """The stored indicator of this title, each for one row; of several that of the aspect."""
        left = self._left.get(draft.title, [])
        titled = [target for target in left if one_line(target.title) == row["indicator"]]
        if not titled:
            return None
        same = (
            each for each in titled if row["aspect"] and ASPECT.means(row["aspect"], each.aspect)
        )
        found = next(same, titled[0])
        left.remove(found)
        return found
