"""Cards as a caller may see them: an unknown id is a 404, another person's evidence a 403."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.scoring.ledger import store as ledger
from services.scoring.registry_replica import store as registry_replica
from services.scoring.scorecards import store
from services.scoring.scorecards.rules import NOTHING, Card, CardKey, Period, Subject
from shared.db import Connection
from shared.http.auth import Principal, Role
from shared.http.problems import Problem, not_found


async def unit_card(
    connection: Connection, tenant: UUID, unit: UUID, *, period: Period, service: UUID | None
) -> Card:
    """The unit's card; an empty one where nothing was counted. 404 for unknown ids."""
    await check_place(connection, tenant, unit=unit, service=service)
    found = await store.of_subject(
        connection, tenant, kind="unit", subject=unit, period=period, service=service
    )
    if found and found[0].score.answers:
        return found[0]
    policy = await registry_replica.policy_for(connection, tenant, unit, on=period.starts)
    if found:
        return replace(found[0], policy=policy)
    key = CardKey(Subject(tenant, "unit", unit, unit), str(service or ""), period)
    return Card(key, NOTHING, policy)


async def person_cards(
    connection: Connection, tenant: UUID, person: UUID, *, period: Period
) -> list[Card]:
    """The person's cards that hold answers, one per unit of assignment. 404 for unknown ids."""
    await _check_known(connection, tenant, table="people", id=person)
    cards = await store.of_subject(connection, tenant, kind="person", subject=person, period=period)
    return [card for card in cards if card.score.answers]


async def is_stale(connection: Connection, card: Card) -> bool:
    """Whether the card is about to be computed again."""
    subject, period = card.key.subject, card.key.period
    return await ledger.is_stale(
        connection,
        subject.tenant_id,
        kind=subject.kind,
        subject=subject.id,
        months=(period.starts, period.ends),
    )


def check_may_see(caller: Principal, person: UUID) -> None:
    """403 unless the caller is the person, or keeps the tenant's personnel."""
    if caller.person_id == person:
        return
    if not caller.has(Role.personnel_officer, Role.tenant_administrator):
        raise Problem(
            403,
            "not-your-evidence",
            title="Not allowed",
            detail="A person's evidence is for that person and the personnel agency: use your own "
            "person id, or ask your administrator for the role personnel_officer.",
        )


async def card_of_unit(connection: Connection, card: Card) -> Card | None:
    """The card over all services of the unit in which the person served; None without answers."""
    subject = card.key.subject
    found = await store.of_subject(
        connection,
        subject.tenant_id,
        kind="unit",
        subject=subject.unit_id,
        period=card.key.period,
    )
    return found[0] if found else None


async def check_place(
    connection: Connection, tenant: UUID, *, unit: UUID, service: UUID | None
) -> None:
    """404 unless the tenant has, or had, the unit and the service."""
    await _check_known(connection, tenant, table="units", id=unit)
    if service is not None:
        await _check_known(connection, tenant, table="services", id=service)


async def _check_known(connection: Connection, tenant: UUID, *, table: Any, id: UUID) -> None:
    if not await registry_replica.known(connection, tenant, table=table, id=id):
        one = {"units": "unit", "services": "service", "people": "person"}[table]
        raise not_found(
            f"This tenant has no {one} with this id: check it against /v1/{table} of the registry."
        )
