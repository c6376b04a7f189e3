"""WhatsApp and SMS by the tenant's own gateway: its secrets kept, its neighbours unharmed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.notification.sending.office import PORTAL, Office
from tests.notification.sending.servers import Receiver, receiver
from tests.notification.sending.test_emails import SITI
from tests.notification.world import City
from tests.support.waiting import eventually

KEY = "a key that costs money"
TEMPLATE = {
    "to": "{digits}",
    "kind": "text",
    "text": {"body": "{text} {link}"},
    "ref": ["{id}", 7, True],
}
PHONE = {"phone": "0812 3456 7890", "language": "id"}


async def given(office: Office, city: City, url: str, **fields: Any) -> None:
    body = {"url": url, "headers": {"Authorization": KEY}, "template": TEMPLATE, **fields}
    answer = await office.call(city, "PUT", "/v1/gateways", body)
    assert answer.status_code == 200, answer.text


async def wants_texts(office: Office, city: City) -> None:
    """The counter's head takes text messages and nothing else."""
    await office.pool.execute(
        "insert into preferences (tenant_id, person_id, channels, critical_answers) "
        "values ($1, $2, $3, 'at_once')",
        city.id,
        city.leader,
        json.dumps({"grade_changed": ["gateway"]}),
    )


async def test_the_short_text_goes_where_the_tenant_says(office: Office, hook: Receiver) -> None:
    city = await office.city(**PHONE)
    await given(office, city, hook.url)
    await wants_texts(office, city)
    await office.tell(city)
    async with office.sending(office.by_http("gateway"), "gateway"):
        (entry,) = await office.ended(city)
    assert (entry["channel"], entry["outcome"]) == ("gateway", "delivered")
    ((headers, body),) = hook.got
    assert headers["authorization"] == KEY
    assert headers["content-type"] == "application/json"
    said = json.loads(body)
    assert (said["to"], said["ref"]) == ("6281234567890", [str(entry["id"]), 7, True])
    assert said["text"]["body"].startswith("Loket: mutu triwulan IV 2026 berubah dari B menjadi A")
    assert f" {PORTAL}/units/{city.counter}?period=2026-Q4" in said["text"]["body"]
    stored = json.dumps([dict(r) for r in await office.announced(city)] + [entry], default=str)
    assert "628123" not in stored
    assert "mutu" not in stored


async def test_the_secrets_are_not_shown_and_not_stored_in_clear(office: Office) -> None:
    city = await office.city()
    assert (await office.call(city, "GET", "/v1/gateways")).status_code == 404
    await given(office, city, "https://gateway.example/send")
    shown = await office.call(city, "GET", "/v1/gateways")
    assert shown.json() == {
        "url": "https://gateway.example/send",
        "header_names": ["Authorization"],
        "template": TEMPLATE,
        "version": 1,
    }
    (row,) = await office.pool.fetch("select * from gateways where tenant_id = $1", city.id)
    assert KEY.encode() not in row["headers"]
    late = await office.call(
        city,
        "PUT",
        "/v1/gateways",
        {"url": "https://gateway.example/2", "template": TEMPLATE},
        headers={"if-match": '"0"'},
    )
    assert late.status_code == 412
    assert (await office.call(city, "DELETE", "/v1/gateways")).status_code == 204
    assert (await office.call(city, "DELETE", "/v1/gateways")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"template": {"to": "{phone}"}}, "template"),
        ({"template": {"text": "{text}"}}, "template"),
        ({"template": {"to": "{phone}", "text": "{text}", "x": "{password}"}}, "template"),
        ({"headers": {"Host": "elsewhere"}}, "headers"),
        ({"headers": {"X-Key": "a\r\nX-Other: b"}}, "headers"),
        ({"headers": {"X Key": "a"}}, "headers"),
        ({"url": "http://gateway.example/send"}, "url"),
        ({"url": "https://192.168.0.10/send"}, "url"),
    ],
)
async def test_what_is_wrong_is_named(office: Office, fields: dict[str, Any], field: str) -> None:
    city = await office.city()
    body = {"url": "https://gateway.example/send", "template": TEMPLATE, **fields}
    answer = await office.call(city, "PUT", "/v1/gateways", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    "template",
    [
        '{"to": "{phone}", "text": "{text}", "x": NaN}',
        '{"to": "{phone}", "text": "{text}", "x": -Infinity}',
        '{"to": "{phone}", "text": "{text}", "x": 1e999}',
        '{"to": "{phone}", "text": "{text}", "x": "\\u0000"}',
        '{"to": "{phone}", "text": "{text}", "x": "\\ud800"}',
        '{"to": "{phone}", "text": "{text}", "x": ' + "[" * 3000 + "]" * 3000 + "}",
    ],
)
async def test_json_that_cannot_be_kept_is_refused(office: Office, template: str) -> None:
    city = await office.city()
    answer = await office.api.put(
        "/v1/gateways",
        content=f'{{"url": "https://gateway.example/send", "template": {template}}}',
        headers=office.bearer(city, "tenant_administrator") | {"content-type": "application/json"},
    )
    assert answer.status_code in {400, 422}, answer.text


async def test_without_gateway_or_number_it_is_skipped(office: Office, hook: Receiver) -> None:
    without, silent = await office.city(**PHONE), await office.city(**SITI)
    await given(office, silent, hook.url)
    for city in (without, silent):
        await wants_texts(office, city)
        await office.tell(city)
    async with office.sending(office.by_http("gateway"), "gateway"):
        log = await office.ended(without) + await office.ended(silent)
    assert [(d["outcome"], d["reason"]) for d in log] == [
        ("skipped", "no_gateway"),
        ("skipped", "no_address"),
    ]
    assert hook.got == []


async def test_a_gateway_that_hangs_holds_up_its_own_tenant_only(
    office: Office, hook: Receiver
) -> None:
    stuck, other = await office.city(**PHONE), await office.city(**PHONE)
    async with receiver() as hanging:
        hanging.script.extend(["hang"] * 100)
        await given(office, stuck, hanging.url)
        await given(office, other, hook.url)
        for city in (stuck, other):
            await wants_texts(office, city)
        await office.tell(stuck, number=40)  # older, and more than are handed over at once

        async with office.sending(office.by_http("gateway", timeout=60), "gateway"):

            async def stands() -> bool:
                return hanging.hanging >= 4

            await eventually(stands)
            await office.tell(other, number=10)
            log = await office.ended(other, within=10)
            assert {d["outcome"] for d in log} == {"delivered"}
            assert not any(d["ended_at"] for d in await office.deliveries(stuck))
            hanging.script.clear()
            hanging.released.set()
            await office.ended(stuck)
    assert {tuple(d["results"]) for d in await office.deliveries(stuck)} == {("accepted",)}


async def test_a_lost_claim_comes_back_and_the_late_result_counts(
    office: Office, hook: Receiver
) -> None:
    """A worker that was frozen longer than its lease: another takes over, both write it down."""
    city = await office.city(**PHONE)
    await given(office, city, hook.url)
    await wants_texts(office, city)
    hook.script.append("hang")
    await office.tell(city)
    async with office.sending(
        office.by_http("gateway", timeout=60), "gateway", lease=timedelta(seconds=1)
    ):

        async def stands() -> bool:
            return hook.hanging == 1

        await eventually(stands)
        async with office.sending(office.by_http("gateway"), "gateway"):
            (entry,) = await office.ended(city)
        assert entry["results"] == ["unknown", "accepted"]
        hook.released.set()

        async def told() -> bool:
            return (await office.deliveries(city))[0]["results"] == ["accepted", "accepted"]

        await eventually(told)
    assert len(await office.announced(city)) == 1
