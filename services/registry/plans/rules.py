"""A plan (SKP) from draft over discussed to agreed by both, amended by date (rules, section 1)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from services.registry.plans.documents.rules import Document

DRAFT: Final = "draft"
DISCUSSED: Final = "discussed"
AGREED: Final = "agreed"

MOST_REVISIONS: Final = 12
"""One event holds every agreed revision: this and the limits of a document keep it well below what
a record may weigh."""

Side = Literal["employee", "leader"]


class PlanRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The plan is not in a state for this; `slug` names the case, the message what to do."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Revision:
    """In force from `valid_from`, once agreed, until the next one begins. `leader_id` assesses the
    person on that day."""

    revision: int
    valid_from: date
    leader_id: UUID
    document: Document
    state: str = DRAFT
    agreed_by_employee_at: datetime | None = None
    agreed_by_leader_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One person's for one period; `revisions` in their order, at least one, of which only the
    last may be anything but agreed."""

    id: UUID
    person_id: UUID
    period_id: UUID
    revisions: tuple[Revision, ...]
    version: int = 1

    @property
    def newest(self) -> Revision:
        return self.revisions[-1]

    @property
    def agreed(self) -> tuple[Revision, ...]:
        return tuple(each for each in self.revisions if each.state == AGREED)

    def on(self, day: date) -> Revision | None:
        """What was agreed for a day: of those that have begun the last one."""
        begun = [each for each in self.agreed if each.valid_from <= day]
        return begun[-1] if begun else None


def led_by(plan: Plan, leader_id: UUID) -> Plan:
    """While a revision is open its leader is whoever assesses on its day now: agreement of somebody
    who does not is void."""
    newest = plan.newest
    if newest.state == AGREED or newest.leader_id == leader_id:
        return plan
    return _with(plan, replace(newest, leader_id=leader_id, agreed_by_leader_at=None))


def edited(plan: Plan, document: Document) -> Plan:
    """Other words are a draft again, whoever agreed before. Raises `PlanRefused`."""
    newest = _open(plan)
    if newest.document == document:
        return plan
    return _with(
        plan,
        replace(
            newest,
            document=document,
            state=DRAFT,
            agreed_by_employee_at=None,
            agreed_by_leader_at=None,
        ),
    )


def discussed(plan: Plan) -> Plan:
    """Both may agree from now on. Raises `PlanRefused` where something is missing yet."""
    newest = _open(plan)
    results = newest.document.results
    if not any(result.main for result in results):
        raise PlanRefused("plan-not-ready", "The plan has no main result: add one first.")
    for number, result in enumerate(results, 1):
        if not result.indicators:
            raise PlanRefused(
                "plan-not-ready",
                f"Result {number} has no indicator: add one, or remove the result.",
            )
    return _with(plan, replace(newest, state=DISCUSSED)) if newest.state == DRAFT else plan


def agreed(plan: Plan, side: Side, at: datetime) -> Plan:
    """One side agrees, for itself; with the other's agreement it counts. Raises `PlanRefused`."""
    newest = plan.newest
    if newest.state == DRAFT:
        raise PlanRefused(
            "plan-not-discussed", "The plan is a draft: mark it as discussed first, then agree."
        )
    if side == "employee":
        newest = replace(newest, agreed_by_employee_at=newest.agreed_by_employee_at or at)
    else:
        newest = replace(newest, agreed_by_leader_at=newest.agreed_by_leader_at or at)
    if newest.agreed_by_employee_at and newest.agreed_by_leader_at:
        newest = replace(newest, state=AGREED)
    return _with(plan, newest)


def amended(plan: Plan, valid_from: date, leader_id: UUID) -> Plan:
    """A new draft with the words of the last revision, for `valid_from` on. Raises `PlanRefused`.

    On the day of the last revision itself it will take its place; before that day nothing can
    change, since what came later would be neither replaced nor continued.
    """
    newest = plan.newest
    if newest.state != AGREED:
        raise PlanRefused(
            "plan-open", f"The plan is {newest.state}, not agreed yet: edit it instead."
        )
    if valid_from < newest.valid_from:
        raise PlanRefused(
            "amendment-too-early",
            f"The last revision holds from {newest.valid_from}: amend from that day or later.",
        )
    if len(plan.revisions) == MOST_REVISIONS:
        raise PlanRefused(
            "plan-too-often-amended", f"A plan has at most {MOST_REVISIONS} revisions: keep this."
        )
    revision = Revision(newest.revision + 1, valid_from, leader_id, newest.document)
    return replace(plan, revisions=(*plan.revisions, revision))


def withdrawn(plan: Plan) -> Plan | None:
    """Without the revision that is not agreed yet; None where nothing is left. Raises
    `PlanRefused`."""
    _open(plan)
    rest = plan.revisions[:-1]
    return replace(plan, revisions=rest) if rest else None


def _open(plan: Plan) -> Revision:
    if plan.newest.state == AGREED:
        raise PlanRefused(
            "plan-agreed", "Both have agreed: amend the plan from a day on to change it."
        )
    return plan.newest


def _with(plan: Plan, newest: Revision) -> Plan:
    return replace(plan, revisions=(*plan.revisions[:-1], newest))
