"""What a file of policies would change, one line for each field that is said."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.imports.days import first_of
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.kinds.policy_values import (
    TOPIC,
    document_of,
    field_of,
    parsed_value,
    value_text,
)
from services.registry.imports.matching import UnitBook, found_in
from services.registry.imports.rules import CellRefused, Findings, Row, Sheet
from services.registry.periods.rules import Period
from services.registry.policies.checks import contradicting, faults_of, replaced_on
from services.registry.policies.store import Policy
from services.registry.units.rules import Step
from shared.contracts.policy_levels import said

Key = tuple[UUID | None, str, date]
"""Place, kind and first day."""


@dataclass(frozen=True, slots=True)
class KnownPolicies:
    """All policies and units, closed periods, and the units above each place by day."""

    policies: Sequence[Policy]
    units: UnitBook
    closed: Collection[Period]
    paths: Mapping[date, Mapping[UUID, Sequence[Step]]]


@dataclass(slots=True)
class _Group:
    """The rows of one policy, by field, and what they say."""

    before: Policy | None
    rows: dict[str, Row] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    altered: set[str] = field(default_factory=set)


def plan_policies(
    sheet: Sheet, known: KnownPolicies, *, new_id: Callable[[], UUID]
) -> EntityPlan[Policy]:
    """Policies are recognised by place, kind and first day. Fields that the file does not name stay
    as they are."""
    planner = _Planner(sheet, known)
    for row in sheet.each():
        planner.take(row)
    return planner.end(new_id)


class _Planner:
    def __init__(self, sheet: Sheet, known: KnownPolicies) -> None:
        self._plan: EntityPlan[Policy] = EntityPlan(Findings(sheet))
        self._findings = self._plan.findings
        self._known = known
        self._lines = Lines(self._findings)
        self._stored = {(each.unit_id, each.kind, each.valid_from): each for each in known.policies}
        self._groups: dict[Key, _Group] = {}

    def take(self, row: Row) -> None:
        unit_id = found_in(self._known.units, row, "unit", self._findings)
        for name in ("topic", "field", "value"):
            if not row[name]:
                self._findings.refuse(row, name, "is empty: every line says one field of a policy")
        kind = TOPIC.of(row, "topic", self._findings)
        first = first_of(row, self._findings)
        if kind is None or first is None or row.line in self._findings.lines:
            return
        key = unit_id, kind, first
        group = self._groups.setdefault(key, _Group(self._stored.get(key)))
        try:
            name = field_of(kind, row["field"])
        except CellRefused as refusal:
            self._findings.refuse(row, "field", str(refusal))
            return
        self._lines.take(row, "field", (key, name), what="field of a policy")
        held = said(group.before.document).get(name) if group.before else None
        value = held
        if held is None or row["value"] != one_line(value_text(held)):
            try:
                value = parsed_value(kind, name, row["value"])
            except CellRefused as refusal:
                self._findings.refuse(row, "value", str(refusal))
                return
        group.rows[name] = row
        group.given[name] = value
        if value != held:
            group.altered.add(name)

    def end(self, new_id: Callable[[], UUID]) -> EntityPlan[Policy]:
        touched = {
            key: self._policy(key, group, new_id)
            for key, group in self._groups.items()
            if group.altered
        }
        there = {**self._stored, **touched}
        self._check(touched, list(there.values()))
        for key, group in self._groups.items():
            for name, row in group.rows.items():
                if row.line in self._findings.lines:
                    continue
                self._plan.created += group.before is None
                self._plan.changed += group.before is not None and name in group.altered
                self._plan.unchanged += name not in group.altered
            if key in touched:
                (self._plan.altered if group.before else self._plan.new).append(touched[key])
        return self._plan

    def _policy(self, key: Key, group: _Group, new_id: Callable[[], UUID]) -> Policy:
        unit_id, kind, first = key
        fields = said(group.before.document) if group.before else {}
        document = document_of(kind, fields | group.given)
        for fault in faults_of(document):
            self._refuse(group, fault.field, fault.problem)
        if group.before:
            return replace(group.before, document=document)
        return Policy(new_id(), first, document, unit_id)

    def _check(self, touched: Mapping[Key, Policy], there: Sequence[Policy]) -> None:
        """What only shows beside other policies and periods."""
        for key, policy in touched.items():
            until = replaced_on(policy, there)
            for period in self._known.closed:
                begun = period.starts_on >= policy.valid_from
                if begun and (until is None or period.starts_on < until):
                    reason = (
                        f"would hold for the {period.kind} period from {period.starts_on}, which "
                        "is closed: begin on a later day, or open that period again"
                    )
                    self._refuse(self._groups[key], "", reason, column="from")
                    break
        for found in contradicting(there, list(touched.values()), self._known.paths):
            concerned = [
                self._groups[key]
                for key in touched
                if key[0] in found.levels and key[1] == found.kind
            ]
            naming = [group for group in concerned if found.field in group.rows]
            for group in naming or concerned:
                self._refuse(group, found.field, found.problem)

    def _refuse(self, group: _Group, name: str, reason: str, *, column: str = "value") -> None:
        """At the row of the field, or at the first that changes something."""
        row = group.rows.get(name) or group.rows[min(group.altered)]
        self._findings.refuse(row, column, reason)


def rows_of(policies: Sequence[Policy], units: UnitBook) -> Iterator[dict[str, str]]:
    """Policies as cells."""
    for policy in policies:
        for name, value in said(policy.document).items():
            yield {
                "unit": units.word_for(policy.unit_id) if policy.unit_id else "",
                "topic": TOPIC.texts[policy.kind],
                "from": policy.valid_from.isoformat(),
                "field": name,
                "value": value_text(value),
            }
