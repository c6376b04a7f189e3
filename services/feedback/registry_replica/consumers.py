"""Feeds the replica from ``registry.changes.v1``."""

from collections.abc import Sequence
from typing import Final

from services.feedback.registry_replica import store
from shared.contracts import (
    REGISTRY_CHANGES,
    EntityChanged,
    PersonChanged,
    SatisfactionPolicyChanged,
    ServiceChanged,
    TenantChanged,
    UnitChanged,
)
from shared.db import Connection
from shared.messaging.consumer import Consumer, check_zone


async def on_registry_changes(connection: Connection, changes: Sequence[EntityChanged]) -> None:
    """Apply a batch. The order of the tables is the same everywhere, so workers cannot deadlock."""
    tenants = [change for change in changes if isinstance(change, TenantChanged)]
    for tenant in tenants:
        check_zone(tenant)
    await store.apply_tenants(connection, tenants)
    await store.apply_units(
        connection, [change for change in changes if isinstance(change, UnitChanged)]
    )
    await store.apply_services(
        connection, [change for change in changes if isinstance(change, ServiceChanged)]
    )
    await store.apply_policies(
        connection, [change for change in changes if isinstance(change, SatisfactionPolicyChanged)]
    )
    await store.apply_people(
        connection, [change for change in changes if isinstance(change, PersonChanged)]
    )


CONSUMER: Final = Consumer[EntityChanged](
    service="feedback",
    topic=REGISTRY_CHANGES,
    events=(
        TenantChanged,
        UnitChanged,
        ServiceChanged,
        SatisfactionPolicyChanged,
        PersonChanged,
    ),
    handle=on_registry_changes,
)
