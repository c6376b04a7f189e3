"""`/v1/gateways`: through which service the tenant's WhatsApp or SMS messages go."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.notification.access import Access, Administrator
from services.notification.gateways import store
from services.notification.gateways.rules import GatewayRefused, check_headers, check_template
from services.notification.outbound.access import Outside
from services.notification.outbound.rules import LONGEST_URL
from shared.http.problems import invalid_request, not_found
from shared.http.versions import Expected, check_version, show_version
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1/gateways", tags=["gateways"])

HeaderValue = Annotated[str, Field(min_length=1, max_length=1000)]


class NewGateway(BaseModel):
    """The whole of it: each message is POSTed to `url` as `template`, a JSON object in whose texts
    `{phone}` (+628…) or `{digits}` (628…), `{text}`, `{link}` and `{id}` are filled in. The values
    of `headers` are never shown again."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=LONGEST_URL)]
    headers: Annotated[dict[str, HeaderValue], Field(max_length=10)] = {}
    template: Annotated[dict[str, Any], Field(max_length=50)]


class Shown(BaseModel):
    """Of the headers only the names."""

    url: str
    header_names: list[str]
    template: dict[str, Any]
    version: int


@router.get("")
async def show_gateway(caller: Administrator, notification: Access, response: Response) -> Shown:
    async with notification.transaction(caller.tenant) as connection:
        stored = (await store.of_tenants(connection, [caller.tenant])).get(caller.tenant)
    if stored is None:
        raise not_found("This tenant has no gateway: PUT one, or go on with e-mail.")
    show_version(response, stored.version)
    return _shown(stored)


@router.put("")
async def put_gateway(
    new: NewGateway,
    *,
    caller: Administrator,
    notification: Access,
    outside: Outside,
    response: Response,
    expected: Expected,
) -> Shown:
    outside.check_url(new.url)
    try:
        check_headers(new.headers)
        check_template(new.template)
    except GatewayRefused as refusal:
        raise invalid_request([FieldProblem(refusal.field, str(refusal))]) from None
    sealed = outside.seal.close(json.dumps(new.headers).encode(), place=str(caller.tenant))
    async with notification.transaction(caller.tenant) as connection:
        version = await store.lock(connection, caller.tenant)
        check_version(version, expected)
        stored = store.Stored(new.url, sorted(new.headers), sealed, new.template, version + 1)
        await store.put(connection, caller.tenant, stored)
    show_version(response, stored.version)
    return _shown(stored)


@router.delete("", status_code=204)
async def delete_gateway(caller: Administrator, notification: Access, expected: Expected) -> None:
    async with notification.transaction(caller.tenant) as connection:
        version = await store.lock(connection, caller.tenant)
        if not version:
            raise not_found("This tenant has no gateway.")
        check_version(version, expected)
        await store.delete(connection, caller.tenant)


def _shown(stored: store.Stored) -> Shown:
    return Shown(
        url=stored.url,
        header_names=stored.header_names,
        template=stored.template,
        version=stored.version,
    )
