"""The public route that a citizen's page asks first; it shows names and no ids but the tenant's."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.feedback.counters.rules import typed
from services.feedback.intake.problems import problem_of_refusal
from services.feedback.intake.rules import Refusal
from services.feedback.questionnaire import store
from services.feedback.registry_replica.api import unknown_tenant
from services.feedback.registry_replica.store import tenant_of_slug, zone_of
from services.feedback.state import InState
from services.feedback.visits.rules import token_hash
from shared.contracts import Element
from shared.http.problems import invalid_request
from shared.http.words import FieldProblem

router = APIRouter(tags=["answers"])

ASKED: Final = (
    Element.PERSYARATAN,
    Element.PROSEDUR,
    Element.WAKTU,
    Element.BIAYA,
    Element.PRODUK,
    Element.KOMPETENSI,
    Element.PERILAKU,
    Element.SARANA,
    Element.PENGADUAN,
)
"""All nine, in the order of the regulation's questionnaire (PermenPANRB 14/2017); a policy may
switch some off."""

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")


class Source(BaseModel):
    """By what the citizen came: exactly one of the two."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    counter: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None


class Questionnaire(BaseModel):
    """What to ask, and about whom. ``answered``: the token's visit has its answer already.

    A name is absent for a moment where feedback has not heard it yet.
    """

    tenant_id: UUID
    tenant_slug: str
    tenant_name: str | None
    unit_name: str | None
    service_name: str | None
    elements: tuple[Element, ...]
    answered: bool


@router.get("/v1/tenants/{tenant}/questionnaire")
async def read_questionnaire(
    tenant: str, source: Annotated[Source, Query()], state: InState
) -> Questionnaire:
    """The questions of a visit's token or a counter's code; ``tenant`` is its id or its slug.

    Refuses with the slugs of ``POST /v1/tenants/{tenant}/answers`` what that would refuse, but
    for an answer that is given already.
    """
    if (source.token is None) == (source.counter is None):
        words = "send either the token of the visit or the code of the counter"
        raise invalid_request([FieldProblem("token", words)])
    tenant_id = await _tenant_id(tenant, state)
    async with state.database.transaction(tenant_id) as connection:
        zone = await zone_of(connection, tenant_id)
        if zone is None:
            raise unknown_tenant()
        if source.counter is not None:
            place = await store.of_counter(connection, tenant_id, code=typed(source.counter))
        else:
            hashed = token_hash(source.token or "")
            place = await store.of_visit(connection, tenant_id, token_hash=hashed)
        if place is None:
            unknown = Refusal.UNKNOWN_COUNTER if source.counter else Refusal.UNKNOWN_TOKEN
            raise problem_of_refusal(unknown)
        served = (place.served_at or datetime.now(UTC)).astimezone(ZoneInfo(zone))
        off = await store.switched_off(
            connection,
            tenant_id,
            unit_id=place.unit_id,
            service_id=place.service_id,
            on=served.date().replace(day=1),
        )
    if not place.open:
        raise problem_of_refusal(Refusal.COUNTER_SWITCHED_OFF)
    expired = place.expires_at is not None and datetime.now(UTC) > place.expires_at
    if expired and not place.answered:
        raise problem_of_refusal(Refusal.TOKEN_EXPIRED)
    return Questionnaire(
        tenant_id=tenant_id,
        tenant_slug=place.slug,
        tenant_name=place.tenant,
        unit_name=place.unit,
        service_name=place.service,
        elements=tuple(element for element in ASKED if element not in off) or ASKED,
        answered=place.answered,
    )


async def _tenant_id(tenant: str, state: InState) -> UUID:
    try:
        return UUID(tenant)
    except ValueError:
        pass
    if _SLUG.fullmatch(tenant):
        async with state.database.pool.acquire(timeout=5) as connection:
            found = await tenant_of_slug(connection, tenant)
            if found is not None:
                return found
    raise unknown_tenant()
