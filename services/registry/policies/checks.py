"""Whether policies that were just stored contradict others, somewhere in the tree on some day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.periods import store as periods
from services.registry.policies import store
from services.registry.policies.rules import Fault, contradictions, faults
from services.registry.policies.store import Policy
from services.registry.units import store as units
from services.registry.units.rules import Step
from shared.contracts import PolicyDocument
from shared.contracts.policy_levels import complete, in_force, said
from shared.db import Connection
from shared.http.problems import conflict


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field of a kind of policy that does not fit another one that holds beside it."""

    kind: str
    field: str
    problem: str
    levels: tuple[UUID | None, ...] = ()
    """The place where it is seen, and those above it."""


def faults_of(document: PolicyDocument) -> list[Fault]:
    """What is wrong in one document, looking only at the fields it gives."""
    given = document.model_dump()
    return faults({field: given[field] for field in said(document)})


async def contradictions_after(
    connection: Connection,
    tenant_id: UUID,
    touched: Sequence[Policy],
    *,
    turns: Collection[date] = (),
) -> list[Contradiction]:
    """What no longer fits together after `touched` were stored or deleted in this transaction,
    which holds the lock of the tenant's policies. At most one for each field.

    `touched` are the policies as they were and as they are. Only places below them are looked at,
    and days from the first of them on: what was wrong elsewhere does not stand in their way. Where
    the tree has changed above them, `turns` are the days from the first on which it did.
    """
    kinds = sorted({policy.kind for policy in touched})
    policies = await store.of_kinds(connection, tenant_id, kinds)
    places = {policy.unit_id for policy in policies if policy.unit_id}
    first = min((policy.valid_from for policy in touched), default=None)
    days = {policy.valid_from for policy in (*policies, *touched)}
    if turns:
        days = {day for day in days if day >= min(turns)} | set(turns)
    paths = {
        day: await units.paths(connection, tenant_id, places, on=day)
        for day in days
        if first and first <= day
    }
    return contradicting(policies, touched, paths)


def contradicting(
    policies: Sequence[Policy],
    touched: Sequence[Policy],
    paths: Mapping[date, Mapping[UUID, Sequence[Step]]],
) -> list[Contradiction]:
    """What does not fit together in `policies`, of which `touched` are new or other than before;
    `paths` has the units above each place on each day from the first of `touched` on."""
    found: dict[tuple[str, str], Contradiction] = {}
    for day in sorted(paths):
        begun = [policy for policy in touched if policy.valid_from <= day]
        for kind, levels, where in _concerned(begun, [[], *paths[day].values()]):
            fields = in_force(policies, levels, day)[kind]
            for fault in contradictions(kind, complete(kind, fields).model_dump()):
                problem = f"{fault.problem} ({where}, from {day} on)"
                found.setdefault(
                    (kind, fault.field), Contradiction(kind, fault.field, problem, tuple(levels))
                )
    return list(found.values())


async def refuse_closed(connection: Connection, tenant_id: UUID, touched: Sequence[Policy]) -> None:
    """Raises the 409 where `touched`, as they were and as they are, hold for a period that is
    closed: it keeps the rules it ran under (design, section 7)."""
    policies = await store.of_kinds(connection, tenant_id, sorted({p.kind for p in touched}))
    spans = [(policy.valid_from, replaced_on(policy, policies)) for policy in touched]
    if closed := await periods.first_closed(connection, tenant_id, spans):
        raise conflict(
            "period-closed",
            f"Nothing was stored: the {closed.kind} period from {closed.starts_on} is closed and "
            "keeps the rules it ran under. Begin the policy on a later day, or open the period "
            "again at /v1/periods.",
        )


def replaced_on(policy: Policy, policies: Sequence[Policy]) -> date | None:
    """The day on which another one of its place and kind begins."""
    later = [
        other.valid_from
        for other in policies
        if (other.kind, other.unit_id) == (policy.kind, policy.unit_id)
        and other.valid_from > policy.valid_from
    ]
    return min(later, default=None)


def _concerned(
    begun: Sequence[Policy], paths: Sequence[Sequence[Step]]
) -> Iterator[tuple[str, list[UUID | None], str]]:
    """Kind, levels (the nearest first) and name of each place at or below one of `begun`."""
    for kind in sorted({policy.kind for policy in begun}):
        stated_at = {policy.unit_id for policy in begun if policy.kind == kind}
        for path in paths:
            levels = [*(step.id for step in reversed(path)), None]
            if not stated_at.isdisjoint(levels):
                yield kind, levels, path[-1].name if path else "the whole tenant"
