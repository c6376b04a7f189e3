"""Some cities with units, services, officers and counters: the same ones for every variant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Final
from uuid import UUID

import asyncpg

from services.feedback.counters import store as counters
from services.feedback.registry_replica.consumers import CONSUMER as FEEDBACK_REPLICA
from services.scoring.ledger.consumers import REGISTRY_CONSUMER as SCORING_REPLICA
from shared.contracts import (
    AssignmentChanged,
    AssignmentKind,
    EntityChanged,
    PersonChanged,
    PersonKind,
    ServiceChanged,
    TenantChanged,
    UnitChanged,
)

_CITIES: Final = 4
_UNITS: Final = 10
_SERVICES: Final = 3
_OFFICERS: Final = 4
_SEED: Final = 20140917


@dataclass(frozen=True)
class Desk:
    """Where answers are given: a counter of a unit for a service, and who serves there."""

    tenant_id: UUID
    unit_id: UUID
    service_id: UUID
    officers: tuple[UUID, ...]
    code: str


@dataclass(frozen=True)
class Place:
    """`entities` make the replicas; `desks` are what the generators draw from."""

    entities: tuple[EntityChanged, ...]
    desks: tuple[Desk, ...]


def make_place() -> Place:
    """Four cities of ten units, each with three services and four officers."""
    random = Random(_SEED)
    entities: list[EntityChanged] = []
    desks: list[Desk] = []

    def new() -> UUID:
        return UUID(int=random.getrandbits(128), version=4)

    for city in range(_CITIES):
        tenant = new()
        common = {"tenant_id": tenant, "version": 1}
        entities.append(
            TenantChanged(
                **common, id=tenant, slug=f"kota-{city}", name=f"Kota {city}", zone="Asia/Jakarta"
            )
        )
        offered = [
            ServiceChanged(**common, id=new(), name=f"Layanan {n}") for n in range(_SERVICES)
        ]
        entities += offered
        for number in range(_UNITS):
            unit = UnitChanged(**common, id=new(), name=f"Unit {number}", unit_kind="upt")
            people = [
                PersonChanged(**common, id=new(), person_kind=PersonKind.CIVIL_SERVANT)
                for _ in range(_OFFICERS)
            ]
            assignments = [
                AssignmentChanged(
                    **common,
                    id=new(),
                    person_id=person.id,
                    unit_id=unit.id,
                    assignment_kind=AssignmentKind.DEFINITIVE,
                    valid_from=date(2020, 1, 1),
                )
                for person in people
            ]
            entities += [unit, *people, *assignments]
            officers = tuple(person.id for person in people)
            desks += [
                Desk(tenant, unit.id, service.id, officers, f"{len(desks) + place:06d}")
                for place, service in enumerate(offered)
            ]
    return Place(tuple(entities), tuple(desks))


async def fill_feedback(url: str, place: Place) -> None:
    """Fill a feedback database (worker login) through its own consumer, and set up the counters."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            changes = [e for e in place.entities if isinstance(e, FEEDBACK_REPLICA.events)]
            await FEEDBACK_REPLICA.handle(connection, changes)
            for number, desk in enumerate(place.desks):
                counter = counters.Counter(
                    id=UUID(int=number),
                    code=desk.code,
                    unit_id=desk.unit_id,
                    service_id=desk.service_id,
                    created_at=datetime.now(UTC),
                    switched_off_at=None,
                )
                await counters.insert(connection, desk.tenant_id, counter=counter)
    finally:
        await connection.close()


async def fill_scoring(url: str, place: Place) -> None:
    """Fill the replica of a scoring database (worker login) through its own consumer."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            changes = [e for e in place.entities if isinstance(e, SCORING_REPLICA.events)]
            await SCORING_REPLICA.handle(connection, changes)
    finally:
        await connection.close()
