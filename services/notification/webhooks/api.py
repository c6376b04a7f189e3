"""`/v1/webhooks`: where a tenant's own systems hear of what happened."""

import secrets
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.notification.access import Access, Administrator
from services.notification.outbound.access import Outside
from services.notification.outbound.rules import LONGEST_URL
from services.notification.webhooks import store
from services.notification.webhooks.rules import (
    MOST_WEBHOOKS,
    SECRET_BYTES,
    Webhook,
    shown_secret,
)
from services.notification.wording.rules import Occasion
from shared.db import uuid7
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/webhooks", tags=["web-hooks"])

Url = Annotated[str, Field(max_length=LONGEST_URL, description="https, on the public internet")]
Occasions = Annotated[
    tuple[Occasion, ...], Field(max_length=len(Occasion), description="None means all")
]


class NewWebhook(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Url
    occasions: Occasions = ()
    enabled: bool = True


class WebhookChange(BaseModel):
    """Fields that are left out stay."""

    model_config = ConfigDict(extra="forbid")

    url: Url = ""
    occasions: Occasions = ()
    enabled: bool = True


class Shown(BaseModel):
    """`previous_secret_until` is when the secret before the last rotation stops to sign."""

    id: UUID
    url: str
    occasions: tuple[str, ...]
    enabled: bool
    previous_secret_until: datetime | None
    version: int


class WithSecret(Shown):
    """The secret is shown here and never again: keep it now."""

    secret: str


class Webhooks(BaseModel):
    items: list[Shown]


@router.post("", status_code=201)
async def create_webhook(
    new: NewWebhook,
    *,
    caller: Administrator,
    notification: Access,
    outside: Outside,
    response: Response,
) -> WithSecret:
    outside.check_url(new.url)
    webhook = Webhook(uuid7(), new.url, _unique(new.occasions), new.enabled)
    secret = secrets.token_bytes(SECRET_BYTES)
    sealed = outside.seal.close(secret, place=f"{caller.tenant}/{webhook.id}")
    async with notification.transaction(caller.tenant) as connection:
        if len(await store.every(connection, caller.tenant)) >= MOST_WEBHOOKS:
            raise conflict(
                "too-many-webhooks",
                f"Nothing was stored: a tenant has at most {MOST_WEBHOOKS} web-hooks. Delete one.",
            )
        await store.insert(connection, caller.tenant, webhook, secret=sealed)
    show_version(response, webhook.version)
    return WithSecret(**_shown(webhook), secret=shown_secret(secret))


@router.get("")
async def list_webhooks(caller: Administrator, notification: Access) -> Webhooks:
    """All of them: there are few."""
    async with notification.transaction(caller.tenant) as connection:
        found = await store.every(connection, caller.tenant)
    return Webhooks(items=[Shown(**_shown(webhook)) for webhook in found])


@router.get("/{webhook_id}")
async def show_webhook(
    webhook_id: UUID, caller: Administrator, notification: Access, response: Response
) -> Shown:
    async with notification.transaction(caller.tenant) as connection:
        webhook = await store.find(connection, caller.tenant, webhook_id)
    webhook = _found(webhook)
    show_version(response, webhook.version)
    return Shown(**_shown(webhook))


@router.patch("/{webhook_id}")
async def change_webhook(
    webhook_id: UUID,
    change: WebhookChange,
    *,
    caller: Administrator,
    notification: Access,
    outside: Outside,
    response: Response,
    expected: Expected,
) -> Shown:
    """What is queued goes to the new address; what becomes due while it is disabled is skipped."""
    given = {field: getattr(change, field) for field in change.model_fields_set}
    if "url" in given:
        outside.check_url(change.url)
    if "occasions" in given:
        given["occasions"] = _unique(change.occasions)
    async with notification.transaction(caller.tenant) as connection:
        webhook = _found(await store.find(connection, caller.tenant, webhook_id, lock=True))
        check_version(webhook.version, expected)
        wanted = replace(webhook, **given)
        if wanted != webhook:
            webhook = await store.update(connection, caller.tenant, wanted)
    show_version(response, webhook.version)
    return Shown(**_shown(webhook))


@router.post("/{webhook_id}/secrets", status_code=201)
async def rotate_secret(
    webhook_id: UUID,
    *,
    caller: Administrator,
    notification: Access,
    outside: Outside,
    response: Response,
    expected: Expected,
) -> WithSecret:
    """A new secret; for 24 hours messages are signed with the one before too."""
    secret = secrets.token_bytes(SECRET_BYTES)
    sealed = outside.seal.close(secret, place=f"{caller.tenant}/{webhook_id}")
    async with notification.transaction(caller.tenant) as connection:
        webhook = _found(await store.find(connection, caller.tenant, webhook_id, lock=True))
        check_version(webhook.version, expected)
        webhook = await store.rotate(connection, caller.tenant, webhook_id, secret=sealed)
    show_version(response, webhook.version)
    return WithSecret(**_shown(webhook), secret=shown_secret(secret))


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(
    webhook_id: UUID, caller: Administrator, notification: Access, expected: Expected
) -> None:
    async with notification.transaction(caller.tenant) as connection:
        webhook = _found(await store.find(connection, caller.tenant, webhook_id, lock=True))
        check_version(webhook.version, expected)
        await store.delete(connection, caller.tenant, webhook_id)


def _found(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise not_found("This tenant has no web-hook with this id: list them at /v1/webhooks.")
    return webhook


def _unique(occasions: tuple[Occasion, ...]) -> tuple[str, ...]:
    return tuple(occasion.value for occasion in Occasion if occasion in occasions)


def _shown(webhook: Webhook) -> dict[str, Any]:
    fields = asdict(webhook)
    return fields | {"previous_secret_until": fields.pop("previous_until")}
