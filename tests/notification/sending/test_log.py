"""The log of deliveries, and back-off: what administrators see, and when it is tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.deliveries import store
from services.notification.deliveries.rules import Patience
from services.notification.webhooks import store as webhooks
from shared.db import transaction
from shared.observability.metrics import REGISTRY
from tests.notification.sending.office import Office
from tests.notification.sending.servers import MailServer
from tests.notification.sending.test_emails import SHORT, SITI
from tests.notification.world import City

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def wait(attempts: int, *, spread: float = 1.0, late: timedelta = timedelta(0)) -> timedelta | None:
    due = Patience().next_attempt(
        attempts=attempts, first_due_at=NOW - late, now=NOW, spread=spread
    )
    return due - NOW if due else None


def test_waits_grow_to_an_hour_and_end_after_a_day() -> None:
    assert [wait(n) for n in (1, 2, 3, 7, 8, 1000)] == [
        timedelta(seconds=30),
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=32),
        timedelta(hours=1),
        timedelta(hours=1),
    ]
    assert wait(1, spread=0.0) == timedelta(seconds=15)
    assert wait(30, late=timedelta(hours=23, minutes=50)) == timedelta(minutes=10)  # a last time
    assert wait(30, late=timedelta(hours=24)) is None


@given(st.integers(1, 10_000), st.floats(0, 1), st.integers(0, 200_000))
def test_a_wait_is_within_bounds(attempts: int, spread: float, late: int) -> None:
    waited = wait(attempts, spread=spread, late=timedelta(seconds=late))
    if late >= 86_400:
        assert waited is None
    else:
        assert waited is not None
        assert timedelta(0) < waited <= timedelta(hours=1)


async def listed(office: Office, city: City, **params: Any) -> httpx.Response:
    return await office.call(city, "GET", "/v1/deliveries", params=params)


async def test_administrators_see_how_each_message_ended(office: Office, mails: MailServer) -> None:
    city = await office.city(**SITI)
    mails.script.extend(["451 later", "accept", "550 no"])
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        await office.ended(city)
        await office.tell(city)
        await office.ended(city)
    await office.tell(city)
    waiting, failed, delivered = (await listed(office, city)).json()["items"]
    assert [e["outcome"] for e in (waiting, failed, delivered)] == [
        "waiting",
        "failed",
        "delivered",
    ]
    assert (failed["reason"], delivered["reason"]) == ("smtp_permanent", None)
    for params, expected in (
        ({"outcome": "failed"}, [failed]),
        ({"outcome": "waiting"}, [waiting]),
        ({"channel": "gateway"}, []),
        ({"channel": "email", "occasion": "grade_changed"}, [waiting, failed, delivered]),
        ({"occasion": "period_digest"}, []),
    ):
        assert (await listed(office, city, **params)).json()["items"] == expected
    first = (await listed(office, city, limit=2)).json()
    rest = (await listed(office, city, limit=2, cursor=first["next_cursor"])).json()
    assert [*first["items"], *rest["items"]] == [waiting, failed, delivered]
    entry = await office.call(city, "GET", f"/v1/deliveries/{delivered['id']}")
    assert [(a["number"], a["result"]) for a in entry.json()["attempts"]] == [
        (1, "smtp_temporary"),
        (2, "accepted"),
    ]
    assert "siti@" not in entry.text
    assert (await office.call(city, "GET", f"/v1/deliveries/{uuid4()}")).status_code == 404
    assert (await listed(office, city, outcome="lost")).status_code == 422
    clerk = office.bearer(city, "personnel_officer", person=city.leader)
    assert (await office.api.get("/v1/deliveries", headers=clerk)).status_code == 403


async def test_what_is_due_is_measured_and_what_is_old_forgotten(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    await office.tell(city)
    await office.pool.execute(
        "update deliveries set due_at = due_at - interval '1 hour' where tenant_id = $1", city.id
    )
    async with transaction(office.pool) as connection:
        number, seconds = await store.due(connection)
    assert number >= 1
    assert 3600 <= seconds < 3700
    async with office.sending(office.by_email(mails.url)):
        await office.ended(city)
    async with transaction(office.pool) as connection:
        await store.forget(connection, older_than=timedelta(hours=1), most=1000)
        assert await webhooks.forget(connection, older_than=timedelta(hours=1), most=1000) == 0
    assert len(await office.deliveries(city)) == 1
    async with transaction(office.pool) as connection:
        assert await store.forget(connection, older_than=timedelta(0), most=1000) >= 1
    assert await office.deliveries(city) == []


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_what_happens_is_counted_and_no_log_line_names_anybody(
    office: Office, mails: MailServer, capfd: pytest.CaptureFixture[str]
) -> None:
    city = await office.city(**SITI, phone="081234567890")
    mails.script.extend(["451 siti@dinas.example later", "rcpt 450 siti", "die", "554 siti"])
    tried = {"channel": "email", "result": "smtp_temporary"}
    ended = {"channel": "email", "outcome": "failed"}
    before = (
        counted("tera_notification_attempts_total", **tried),
        counted("tera_notification_deliveries_total", **ended),
    )
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        await office.ended(city)
    await office.tell(city)
    gone = office.people(registry="http://127.0.0.1:1")
    async with office.sending(office.by_email("smtp://127.0.0.1:1", people=gone), patience=SHORT):
        await office.ended(city)
    assert counted("tera_notification_attempts_total", **tried) == before[0] + 2
    assert counted("tera_notification_deliveries_total", **ended) == before[1] + 2
    written = "".join(capfd.readouterr())
    assert "addresses.unavailable" in written
    for event in await office.announced(city):
        written += event["body"].decode() + event["key"]
    for personal in ("siti", "Siti", "8123456", "Loket"):
        assert personal not in written
