"""Which satisfaction policy holds for a unit on a day (rules, section 3)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

ELEMENTS = 9


@dataclass(frozen=True, slots=True)
class Switch:
    """An element that is not asked: for one service, or for all without `service_id`."""

    element: str
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One dated document; `unit_id` None is the whole tenant. It replaces those above it entirely.

    `weight_decimals` truncates the weight 1/elements (0.11, 0.111) to reproduce old publications;
    `minimum_sample` is in answers; `shrinkage` is k of n / (n + k).
    """

    id: UUID
    valid_from: date
    unit_id: UUID | None = None
    weight_decimals: int | None = None
    switched_off: tuple[Switch, ...] = ()
    minimum_sample: int = 30
    shrinkage: int = 30
    version: int = 1


@dataclass(frozen=True, slots=True)
class Level:
    """A place where a policy may stand: a unit, or with None the tenant."""

    unit_id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at one level on the day asked for."""

    level: Level
    policy: Policy | None


def survey(policies: Iterable[Policy], levels: Sequence[Level], on: date) -> list[Found]:
    """What each of `levels` (nearest first) says for `on`; the first that says something wins.

    Of several at the same level the one with the latest `valid_from` not after `on` holds.
    """
    in_force: dict[UUID | None, Policy] = {}
    for policy in sorted(policies, key=lambda policy: policy.valid_from):
        if policy.valid_from <= on:
            in_force[policy.unit_id] = policy
    return [Found(level, in_force.get(level.unit_id)) for level in levels]


def services_without_element(switched_off: Collection[Switch]) -> set[UUID | None]:
    """Services that would have nothing left to ask; None in it means: not one service has."""
    for_all = {switch.element for switch in switched_off if switch.service_id is None}
    services = {switch.service_id for switch in switched_off}
    return {
        service
        for service in services
        if len(for_all | {s.element for s in switched_off if s.service_id == service}) >= ELEMENTS
    }
