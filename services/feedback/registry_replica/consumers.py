"""Feeds the replica from ``registry.changes.v1``."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

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
from shared.messaging.consumer import Consumer, Refused


async def on_registry_changes(connection: Connection, changes: Sequence[EntityChanged]) -> None:
    """Apply a batch. The order of the tables is the same everywhere, so workers cannot deadlock."""
    tenants = [change for change in changes if isinstance(change, TenantChanged)]
    for tenant in tenants:
        _check_zone(tenant)
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


def _check_zone(tenant: TenantChanged) -> None:
    try:
        ZoneInfo(tenant.zone)
    except (KeyError, ValueError, OSError) as error:  # not found is a KeyError, "../x" a ValueError
        raise Refused("unknown-zone", f"tenant {tenant.tenant_id}") from error


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
