"""Web-hooks: signed as the standard says, kept secret, and never sent into a private network."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.notification.outbound.rules import AddressRefused, check_url, may_send_to
from services.notification.sending.timers import LIMITS
from services.notification.webhooks.rules import Announcement
from services.notification.webhooks.store import announce
from shared.db import transaction
from tests.notification.conftest import Desk
from tests.notification.sending.office import Office
from tests.notification.sending.servers import Receiver, receiver
from tests.notification.world import City
from tests.support.waiting import eventually


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What a receiver does, by the standard's own words and nothing of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = headers["webhook-id"] + "." + headers["webhook-timestamp"] + "."
    digest = hmac.new(key, message.encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    assert expected in headers["webhook-signature"].split(" ")
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    document: dict[str, Any] = json.loads(body)
    return document


async def registered(office: Office, city: City, url: str, **fields: Any) -> dict[str, Any]:
    answer = await office.call(city, "POST", "/v1/webhooks", {"url": url, **fields})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def happen(office: Office, desk: Desk, city: City, *, times: int = 1) -> None:
    """The grade of the counter changes; the same event may come again."""
    here = Desk(office.pool, desk.bell)
    changed = city.grade("B", "A")
    for _ in range(times):
        await here.take(changed)
        await here.tell()


async def hooked(office: Office, city: City) -> list[dict[str, Any]]:
    return [d for d in await office.ended(city) if d["channel"] == "webhook"]


async def test_an_occasion_arrives_once_signed_and_with_ids_only(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    city = await office.city()
    created = await registered(office, city, hook.url)
    await registered(office, city, hook.url, occasions=["critical_answer"])
    await happen(office, desk, city, times=10)
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook"), "webhook"):
        (entry,) = await hooked(office, city)
    ((headers, body),) = hook.got
    told = verified(created["secret"], headers, body)
    assert told["type"] == "grade_changed"
    assert told["data"]["unit_id"] == str(city.counter)
    assert (told["data"]["grade"], told["data"]["previous_grade"]) == ("A", "B")
    assert headers["webhook-id"] == str(entry["id"])
    assert "Loket" not in body.decode()
    assert (entry["outcome"], entry["recipient_id"]) == ("delivered", UUID(created["id"]))


async def skip_mails(office: Office, city: City) -> None:
    """End what waits for a worker that is not part of this test."""
    await office.pool.execute(
        "update deliveries set ended_at = now(), outcome = 'skipped' "
        "where tenant_id = $1 and channel <> 'webhook'",
        city.id,
    )


async def test_an_answer_s_hour_does_not_leave(office: Office, desk: Desk, hook: Receiver) -> None:
    city = await office.city()
    created = await registered(office, city, hook.url)
    here, answer = Desk(office.pool, desk.bell), city.answer()
    await here.take(answer)
    await here.tell()
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook"), "webhook"):
        await hooked(office, city)
    told = verified(created["secret"], *hook.got[0])
    assert told["type"] == "critical_answer"
    assert set(told["data"]) == {"unit_id", "service_id", "day", "elements"}
    assert str(answer.fact_id) not in hook.got[0][1].decode()


async def test_a_web_hook_hears_also_where_no_person_does(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    city = await office.city()
    await registered(office, city, hook.url)
    await office.pool.execute("delete from assignments where tenant_id = $1", city.id)
    await happen(office, desk, city)
    async with office.sending(office.by_http("webhook"), "webhook"):
        (entry,) = await office.ended(city)
    assert (entry["channel"], entry["outcome"]) == ("webhook", "delivered")


async def test_two_secrets_live_during_a_rotation(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    city = await office.city()
    old = await registered(office, city, hook.url)
    address = f"/v1/webhooks/{old['id']}"
    rotated = await office.call(
        city, "POST", f"{address}/secrets", headers={"if-match": f'"{old["version"]}"'}
    )
    new = rotated.json()
    assert new["secret"] != old["secret"]
    assert new["previous_secret_until"]
    await happen(office, desk, city)
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook"), "webhook"):
        await hooked(office, city)
        headers, body = hook.got[0]
        assert len(headers["webhook-signature"].split(" ")) == 2
        for secret in (old["secret"], new["secret"]):
            verified(secret, headers, body)
    shown = await office.call(city, "GET", address)
    listed = await office.call(city, "GET", "/v1/webhooks")
    for answer in (shown, listed):
        assert "secret" not in answer.text.replace("previous_secret_until", "")
    assert shown.headers["etag"] == '"2"'


async def test_what_is_refused_for_now_comes_again_with_the_same_id(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    city = await office.city()
    await registered(office, city, hook.url)
    hook.script.extend([503, 429, "hang"])
    await happen(office, desk, city)
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook", timeout=1.5), "webhook"):
        (entry,) = await hooked(office, city)
    assert entry["results"] == ["http_5xx", "http_429", "timeout", "accepted"]
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1
    assert len({body for _, body in hook.got}) == 1


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "http_4xx"), (410, "http_4xx"), (302, "http_3xx")]
)
async def test_what_is_refused_for_good_ends_at_once(
    office: Office, desk: Desk, hook: Receiver, status: int, reason: str
) -> None:
    city = await office.city()
    await registered(office, city, hook.url)
    hook.script.append(status)
    await happen(office, desk, city)
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook"), "webhook"):
        (entry,) = await hooked(office, city)
    assert (entry["outcome"], entry["reason"], entry["attempts"]) == ("failed", reason, 1)
    assert len(hook.got) == 1


async def test_what_waits_for_a_hook_that_went_is_skipped(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    city = await office.city()
    disabled = await registered(office, city, hook.url)
    deleted = await registered(office, city, hook.url)
    await happen(office, desk, city)
    await skip_mails(office, city)
    address = f"/v1/webhooks/{disabled['id']}"
    assert (await office.call(city, "PATCH", address, {"enabled": False})).json()["version"] == 2
    gone = await office.call(city, "DELETE", f"/v1/webhooks/{deleted['id']}")
    assert gone.status_code == 204
    async with office.sending(office.by_http("webhook"), "webhook"):
        log = await hooked(office, city)
    assert {(d["outcome"], d["reason"]) for d in log} == {
        ("skipped", "webhook_disabled"),
        ("skipped", "webhook_gone"),
    }
    assert hook.got == []


async def test_hooks_that_all_hang_hold_up_their_own_tenant_only(
    office: Office, hook: Receiver
) -> None:
    stuck, other = await office.city(), await office.city()
    async with receiver() as hanging:
        hanging.script.extend(["hang"] * 100)
        for _ in range(10):
            await registered(office, stuck, hanging.url)
        await registered(office, other, hook.url)
        await announced(office, stuck, number=4)  # older, and more than are claimed together
        async with office.sending(office.by_http("webhook", timeout=60), "webhook"):

            async def stands() -> bool:
                return hanging.hanging >= LIMITS["webhook"].of_one_tenant

            await eventually(stands)
            await announced(office, other, number=1)
            (entry,) = await office.ended(other, within=10)
            assert entry["outcome"] == "delivered"
            assert not any(d["ended_at"] for d in await office.deliveries(stuck))
            hanging.script.clear()
            hanging.released.set()
            await office.ended(stuck)


async def announced(office: Office, city: City, *, number: int) -> None:
    async with transaction(office.pool) as connection:
        await announce(
            connection,
            [Announcement(city.id, "grade_changed", str(uuid4()), {}) for _ in range(number)],
            now=datetime.now(UTC),
        )


async def test_secrets_are_sealed_for_their_row_and_key(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    city = await office.city()
    created = await registered(office, city, hook.url)
    stored = await office.pool.fetchval("select secret from webhooks where tenant_id = $1", city.id)
    assert base64.b64decode(created["secret"].removeprefix("whsec_")) not in stored
    await happen(office, desk, city)
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook", secret="another key"), "webhook"):

        async def tried() -> bool:
            return any(d["attempts"] > 1 for d in await office.deliveries(city))

        await eventually(tried)
    log = [d for d in await office.deliveries(city) if d["channel"] == "webhook"]
    assert {result for d in log for result in d["results"]} == {"secret_unreadable"}
    assert hook.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "ftp://hooks.example/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://10.0.0.8/x",
        "https://192.168.1.1:8443/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/x",
        "https://[fd00::1]/x",
        "https://user:pass@hooks.example/x",
        "https://hooks.example/x#part",
        "https:///x",
        "https://hooks.example:99999/x",
        "https://hooks.example/a b",
        "not an address",
    ],
)
def test_addresses_that_nothing_is_sent_to(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, loopback=False)


def test_addresses_that_are_fine() -> None:
    for url in ("https://hooks.example/x?y=1", "https://8.8.8.8:8443/", "https://[2606:4700::1]/"):
        check_url(url, loopback=False)
    check_url("http://127.0.0.1:8080/x", loopback=True)
    with pytest.raises(AddressRefused):
        check_url("http://hooks.example/x", loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "fec0::1",
        "::ffff:192.168.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_a_host_that_resolves_into_a_private_network_gets_nothing(address: str) -> None:
    assert not may_send_to(address, loopback=False)
    assert may_send_to("8.8.8.8", loopback=False)


async def test_a_name_that_leads_here_later_gets_nothing_either(
    office: Office, desk: Desk, hook: Receiver
) -> None:
    """The address was fine when it was registered; now its name resolves to this machine."""
    city = await office.city()
    created = await registered(office, city, hook.url)
    port = hook.url.split(":")[2].split("/")[0]
    owner = await asyncpg.connect(office.database.owner)
    url = f"https://localhost:{port}/hook"
    await owner.execute("update webhooks set url = $2 where tenant_id = $1", city.id, url)
    await owner.close()
    await happen(office, desk, city)
    await skip_mails(office, city)
    async with office.sending(office.by_http("webhook", loopback=False), "webhook"):
        (entry,) = await hooked(office, city)
    assert (entry["outcome"], entry["reason"]) == ("failed", "address_forbidden")
    assert entry["recipient_id"] == UUID(created["id"])
    assert hook.got == []


async def test_what_is_wrong_is_named(office: Office) -> None:
    city = await office.city()
    for body, field in (
        ({"url": "https://10.0.0.8/x"}, "url"),
        ({"url": "https://hooks.example", "occasions": ["nothing"]}, "occasions[0]"),
        ({"url": "https://hooks.example", "secret": "mine"}, "secret"),
    ):
        answer = await office.call(city, "POST", "/v1/webhooks", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    unknown = await office.call(city, "GET", f"/v1/webhooks/{uuid4()}")
    assert unknown.status_code == 404
    created = await registered(office, city, "https://hooks.example/x")
    stale = await office.call(
        city,
        "PATCH",
        f"/v1/webhooks/{created['id']}",
        {"enabled": False},
        headers={"if-match": '"7"'},
    )
    assert stale.status_code == 412


async def test_a_tenant_has_twenty_at_most(office: Office) -> None:
    city = await office.city()
    for _ in range(20):
        await registered(office, city, "https://hooks.example/x")
    answer = await office.call(city, "POST", "/v1/webhooks", {"url": "https://hooks.example/x"})
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:tera:problem:too-many-webhooks",
    )
