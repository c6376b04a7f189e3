"""The public route that tells a citizen's page what to ask, about whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.feedback.registry_replica.consumers import on_registry_changes
from shared.contracts import (
    EntityChanged,
    SatisfactionPolicyChanged,
    SwitchedOffElement,
    UnitChanged,
)
from tests.feedback.conftest import MARKS, Feedback, slug


async def ask(feedback: Feedback, tenant: object, **source: Any) -> httpx.Response:
    return await feedback.http.get(f"/v1/tenants/{tenant}/questionnaire", params=source)


async def test_a_code_tells_names_and_questions_by_id_and_by_slug(feedback: Feedback) -> None:
    counter = await feedback.counter()
    typed = counter["code"].lower()[:3] + " " + counter["code"][3:]
    for tenant in (feedback.ours.id, feedback.ours.slug):
        answer = await ask(feedback, tenant, counter=typed)
        assert answer.status_code == 200, answer.text
        elements = answer.json().pop("elements")
        assert sorted(elements) == sorted(MARKS)
        assert elements[-2:] == ["sarana", "pengaduan"]
        assert {k: v for k, v in answer.json().items() if k != "elements"} == {
            "tenant_id": str(feedback.ours.id),
            "tenant_slug": "salatiga",
            "tenant_name": "salatiga",
            "unit_name": "Loket",
            "service_name": "KTP",
            "answered": False,
        }


async def test_a_token_tells_whether_it_was_used(feedback: Feedback) -> None:
    visit = await feedback.visit()
    token = visit["answer_token"]
    assert (await ask(feedback, "salatiga", token=token)).json()["answered"] is False
    assert (await feedback.answer({"token": token, "scores": MARKS})).status_code == 201
    assert (await ask(feedback, "salatiga", token=token)).json()["answered"] is True


async def test_what_cannot_be_answered_is_refused_as_the_answer_would_be(
    feedback: Feedback,
) -> None:
    counter = await feedback.counter()
    visit = await feedback.visit()
    off = f"/v1/counters/{counter['counter_id']}/switch-off"
    assert (await feedback.post(off)).status_code == 200
    late = datetime.now(UTC) - timedelta(days=1)
    await feedback.as_owner("update visits set token_expires_at = $1", late)
    refused = [
        (await ask(feedback, "salatiga", counter=counter["code"]), 410, "counter-switched-off"),
        (await ask(feedback, "salatiga", token=visit["answer_token"]), 410, "token-expired"),
        (await ask(feedback, "salatiga", counter="ZZZZZZ"), 404, "unknown-counter"),
        (await ask(feedback, "bandung", counter=counter["code"]), 404, "unknown-counter"),
        (await ask(feedback, "salatiga", token="nobodys"), 404, "unknown-token"),
        (await ask(feedback, "nowhere", counter="ZZZZZZ"), 404, "unknown-tenant"),
        (await ask(feedback, uuid4(), counter="ZZZZZZ"), 404, "unknown-tenant"),
        (await ask(feedback, "salatiga' or 'a'='a", counter="ZZZZZZ"), 404, "unknown-tenant"),
        (await ask(feedback, "salatiga"), 422, "invalid-request"),
        (await ask(feedback, "salatiga", counter="A", token="b"), 422, "invalid-request"),
    ]
    for answer, status, reason in refused:
        assert (answer.status_code, slug(answer)) == (status, reason)


async def test_names_of_rows_from_before_come_with_the_next_reading(feedback: Feedback) -> None:
    await feedback.as_owner("update units set name = null")
    counter = await feedback.counter()
    assert (await ask(feedback, "salatiga", counter=counter["code"])).json()["unit_name"] is None
    connection = await asyncpg.connect(feedback.database.worker)
    try:
        await on_registry_changes(connection, feedback.ours.changes())
        other = UnitChanged(
            tenant_id=feedback.ours.id,
            id=feedback.ours.unit,
            version=1,
            name="Never said by this version",
            unit_kind="upt",
        )
        await on_registry_changes(connection, [other])
    finally:
        await connection.close()
    shown = (await ask(feedback, "salatiga", counter=counter["code"])).json()
    assert shown["unit_name"] == "Loket"


async def take(feedback: Feedback, *changes: EntityChanged) -> None:
    connection = await asyncpg.connect(feedback.database.worker)
    try:
        async with connection.transaction():
            await on_registry_changes(connection, changes)
    finally:
        await connection.close()


async def test_what_a_policy_switches_off_is_not_asked(feedback: Feedback) -> None:
    ours, above = feedback.ours, uuid4()
    code = (await feedback.counter())["code"]

    def policy(version: int = 1, **changes: Any) -> SatisfactionPolicyChanged:
        said: dict[str, Any] = {"tenant_id": ours.id, "id": uuid4(), "version": version}
        return SatisfactionPolicyChanged(**said | {"valid_from": date(2025, 1, 1)} | changes)

    def without(*elements: str, service_id: UUID | None = None) -> tuple[SwitchedOffElement, ...]:
        return tuple(SwitchedOffElement(element=e, service_id=service_id) for e in elements)

    async def off() -> set[str]:
        asked = (await ask(feedback, "salatiga", counter=code)).json()["elements"]
        return set(MARKS) - set(asked)

    tenants = policy(switched_off=without("biaya", "sarana"))
    await take(feedback, tenants)
    assert await off() == {"biaya", "sarana"}
    unit: dict[str, Any] = {"tenant_id": ours.id, "unit_kind": "dinas", "name": "Dinas"}
    await take(
        feedback,
        UnitChanged(**unit, id=above, version=1),
        UnitChanged(**unit, id=ours.unit, version=2, parent_id=above),
        policy(unit_id=above, switched_off=without("waktu")),
        policy(unit_id=above, switched_off=without("produk"), valid_from=date(2025, 3, 1)),
        policy(unit_id=above, switched_off=without("perilaku"), valid_from=date(2099, 1, 1)),
        policy(unit_id=ours.other_unit, switched_off=without("kompetensi")),
    )
    assert await off() == {"produk"}
    own = policy(unit_id=ours.unit, switched_off=without("biaya", service_id=ours.service))
    elsewhere = without("sarana", service_id=uuid4())
    await take(feedback, own.model_copy(update={"switched_off": own.switched_off + elsewhere}))
    assert await off() == {"biaya"}
    await take(feedback, own.model_copy(update={"version": 2, "deleted": True}), own)
    assert await off() == {"produk"}
    # A circle between two changes that came out of order ends somewhere.
    await take(feedback, UnitChanged(**unit, id=above, version=2, parent_id=ours.unit))
    assert await off() == {"produk"}


@pytest.mark.parametrize("action", ["", "/switch-off"])
async def test_a_counter_is_shown_by_its_names(feedback: Feedback, action: str) -> None:
    created = await feedback.counter()
    path = f"/v1/counters/{created['counter_id']}"
    if action:
        shown = await feedback.post(path + action)
    else:
        shown = await feedback.http.get(path, headers=feedback.headers())
    assert (shown.json()["unit_name"], shown.json()["service_name"]) == ("Loket", "KTP")
    assert (created["unit_name"], created["service_name"]) == ("Loket", "KTP")
    unknown = f"/v1/counters/{uuid4()}"
    assert (await feedback.http.get(unknown, headers=feedback.headers())).status_code == 404
