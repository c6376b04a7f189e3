"""The replica takes over what is newer, in whatever order it comes."""

import random
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.feedback.registry_replica.consumers import on_registry_changes
from shared.contracts import PersonChanged, PersonKind, ServiceChanged, TenantChanged, UnitChanged
from shared.messaging.consumer import Refused
from tests.support.databases import Database

TENANT = uuid4()


def unit(name: str, version: int, *, deleted: bool = False, **changes: Any) -> UnitChanged:
    return UnitChanged(
        tenant_id=TENANT,
        id=changes.get("id", UNIT),
        version=version,
        deleted=deleted,
        name=name,
        unit_kind="dinas",
    )


UNIT = uuid4()


def tenant(version: int, *, zone: str = "Asia/Jakarta") -> TenantChanged:
    return TenantChanged(
        tenant_id=TENANT, id=TENANT, version=version, slug="salatiga", name="Salatiga", zone=zone
    )


async def state(connection: "asyncpg.Connection[asyncpg.Record]") -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        """
        select 'tenant', tenant_id, version, deleted, zone from tenants
        union all select 'unit', id, version, deleted, null from units
        union all select 'service', id, version, deleted, null from services
        union all select 'person', id, version, deleted, null from people
        order by 1, 2
        """
    )
    return [tuple(row) for row in rows]


async def test_any_order_and_any_repetition_give_the_same(feedback_database: Database) -> None:
    person, service, other = uuid4(), uuid4(), uuid4()
    changes: list[Any] = [
        tenant(1),
        tenant(2, zone="Asia/Makassar"),
        unit("Dinas", 1),
        unit("Dinas Kesehatan", 2),
        unit("Dinas Kesehatan", 3, deleted=True),
        unit("Dinas Kesehatan", 4),
        unit("Kecamatan", 1, id=other),
        unit("Kecamatan", 2, id=other, deleted=True),
        ServiceChanged(tenant_id=TENANT, id=service, version=7, name="KTP"),
        PersonChanged(tenant_id=TENANT, id=person, version=1, person_kind=PersonKind.NON_ASN),
    ]
    expected = sorted(
        [
            ("tenant", TENANT, 2, False, "Asia/Makassar"),
            ("unit", UNIT, 4, False, None),
            ("unit", other, 2, True, None),
            ("service", service, 7, False, None),
            ("person", person, 1, False, None),
        ],
        key=lambda row: (row[0], row[1]),
    )
    dice = random.Random(7)
    connection = await asyncpg.connect(feedback_database.worker)
    try:
        for _ in range(10):
            await connection.execute("delete from tenants")
            for table in ("units", "services", "people"):
                await connection.execute(f"delete from {table}")
            deliveries = changes * 3
            dice.shuffle(deliveries)
            while deliveries:
                size = dice.randint(1, 8)
                batch, deliveries = deliveries[:size], deliveries[size:]
                async with connection.transaction():
                    await on_registry_changes(connection, batch)
            assert await state(connection) == expected
    finally:
        await connection.close()


async def test_a_tenant_without_a_real_zone_is_parked(feedback_database: Database) -> None:
    connection = await asyncpg.connect(feedback_database.worker)
    try:
        for zone in ("Asia/Atlantis", "../etc", "x"):
            with pytest.raises(Refused, match="unknown-zone"):
                await on_registry_changes(connection, [tenant(1, zone=zone)])
    finally:
        await connection.close()
