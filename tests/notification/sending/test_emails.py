"""Mails through real servers that refuse, hang and die: nothing lost, hardly anything twice."""

import asyncio
import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.notification.addresses.client import Addresses, Token
from services.notification.addresses.rules import Contact
from services.notification.deliveries import store
from services.notification.deliveries.rules import MOST_LOST, Claimed, Patience
from services.notification.sending.people import People, Worded
from shared.contracts import DeliveryEnded
from shared.db import transaction
from tests.notification.conftest import Desk
from tests.notification.sending.office import SENDER, Office
from tests.notification.sending.servers import MailServer, mail_server
from tests.notification.world import City
from tests.support.databases import Templates
from tests.support.waiting import eventually

SHORT = Patience(
    total=timedelta(seconds=1), first=timedelta(seconds=0.05), longest=timedelta(seconds=0.1)
)
SITI = {"email": "siti@dinas.example"}


async def test_a_notice_arrives_in_the_reader_s_language(office: Office, mails: MailServer) -> None:
    city = await office.city(email="Siti.S@dinas.example", language="id", name='Siti "Sri", S.Sos')
    await office.reach(city, city.chief, name="Budi", email="budi@dinas.example", language="en")
    await office.tell(city)
    await office.tell(city, city.chief)
    async with office.sending(office.by_email(mails.url)):
        log = await office.ended(city)
    assert [(d["outcome"], d["reason"], d["results"]) for d in log] == [
        ("delivered", None, ["accepted"])
    ] * 2
    indonesian, english = sorted(mails.accepted, key=lambda mail: mail["content-language"])[::-1]
    assert indonesian["to"].addresses[0].display_name == 'Siti "Sri", S.Sos'
    assert indonesian["to"].addresses[0].addr_spec == "Siti.S@dinas.example"
    assert indonesian["subject"] == "Mutu layanan Loket berubah dari B menjadi A"
    assert english["subject"] == "The grade of Loket changed from B to A"
    assert english["from"].addresses[0].addr_spec == SENDER
    assert english["auto-submitted"] == "auto-generated"
    assert str(city.id) in english["list-id"]
    link = f"https://tera.kota.example/units/{city.counter}?period=2026-Q4"
    for kind in ("plain", "html"):
        part = english.get_body((kind,))
        assert part is not None
        assert link in part.get_content()
        assert "90.12" in part.get_content()
    assert {recipients[0] for _, recipients in mails.envelopes} == {
        "Siti.S@dinas.example",
        "budi@dinas.example",
    }
    ids = {f"<{d['id']}@kota.example>" for d in log}
    assert set(mails.ids) == ids


async def test_how_it_ended_is_announced_without_any_address(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    (event,) = await office.announced(city)
    told = DeliveryEnded.read(event["body"])
    assert (told.delivery_id, told.recipient_id, told.channel, told.outcome, told.attempts) == (
        entry["id"],
        city.leader,
        "email",
        "delivered",
        1,
    )
    stored = json.dumps(
        [entry, *[dict(e) for e in await attempts(office, entry["id"])]], default=str
    )
    for secret in ("siti@dinas.example", "Siti", "Loket"):
        assert secret not in stored + event["body"].decode()


async def attempts(office: Office, delivery: UUID) -> list[object]:
    return list(
        await office.pool.fetch("select * from delivery_attempts where delivery_id = $1", delivery)
    )


async def test_what_is_refused_for_now_is_tried_again(office: Office, mails: MailServer) -> None:
    city = await office.city(**SITI)
    mails.script.extend(["451 try later", "rcpt 450 greylisted", "421 busy"])
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert entry["results"] == ["smtp_temporary"] * 3 + ["accepted"]
    assert (entry["outcome"], entry["attempts"], len(mails.accepted)) == ("delivered", 4, 1)


@pytest.mark.parametrize("answer", ["rcpt 550 no such user", "554 no"])
async def test_what_is_refused_for_good_ends_at_once(
    office: Office, mails: MailServer, answer: str
) -> None:
    city = await office.city(**SITI)
    mails.script.append(answer)
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert (entry["outcome"], entry["reason"], entry["results"]) == (
        "failed",
        "smtp_permanent",
        ["smtp_permanent"],
    )
    assert mails.accepted == []


async def test_a_server_that_hangs_holds_nothing_up_for_ever(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    mails.script.extend(["hang", "accept"])
    await office.tell(city)
    async with office.sending(office.by_email(mails.url, timeout=1.5)):
        (entry,) = await office.ended(city)
    assert entry["results"] == ["unknown", "accepted"]
    assert (mails.hanging, len(mails.accepted)) == (1, 1)


async def test_a_server_that_is_away_gets_everything_when_it_is_back(office: Office) -> None:
    city = await office.city(**SITI)
    async with mail_server() as gone:
        port = gone.port
    await office.tell(city, number=5)
    async with office.sending(office.by_email(f"smtp://127.0.0.1:{port}")):

        async def all_tried() -> bool:
            return all(d["attempts"] >= 2 for d in await office.deliveries(city))

        await eventually(all_tried)
        async with mail_server(port=port) as back:
            log = await office.ended(city)
            assert len(set(back.ids)) == len(back.ids) == 5
    assert {tuple(set(d["results"])) for d in log} <= {
        ("connection_failed", "accepted"),
        ("accepted", "connection_failed"),
    }


async def test_a_server_that_dies_after_accepting_gets_one_duplicate(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    mails.script.append("die")
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert entry["results"] == ["unknown", "accepted"]
    assert mails.ids == [f"<{entry['id']}@kota.example>"] * 2


async def test_a_worker_killed_after_the_server_accepted_sends_one_duplicate(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.notification.sending.a_worker",
        cwd=Path(__file__).parents[3],
        env={**os.environ, **office.environment(mails.url)},
    )

    async def kill() -> None:
        worker.kill()
        await worker.wait()

    mails.script.append(kill)
    await office.tell(city)
    await asyncio.wait_for(worker.wait(), 30)
    (entry,) = await office.deliveries(city)
    assert (entry["attempts"], entry["results"], len(mails.accepted)) == (1, ["running"], 1)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert entry["results"] == ["unknown", "accepted"]
    assert mails.ids == [f"<{entry['id']}@kota.example>"] * 2


async def test_a_server_that_always_dies_after_accepting_gets_a_few_copies_only(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    mails.script.extend(["die"] * (MOST_LOST + 5))
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert (entry["outcome"], entry["reason"]) == ("failed", "unknown")
    assert len(mails.accepted) == MOST_LOST


async def test_a_server_that_refuses_our_sender_is_the_operators_to_mend(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    mails.script.append("mail 530 authentication required")
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert entry["results"] == ["smtp_temporary", "accepted"]


async def test_what_comes_up_in_quiet_hours_is_put_off_without_an_attempt(
    office: Office, mails: MailServer
) -> None:
    city = await office.city(**SITI)
    await office.tell(city)  # due before there were any
    local = datetime.now(ZoneInfo("Asia/Jakarta")).replace(second=0, microsecond=0)
    ends = local + timedelta(hours=1)
    await office.pool.execute(
        "insert into preferences (tenant_id, person_id, channels, critical_answers, quiet_from,"
        " quiet_until) values ($1, $2, '{}', 'at_once', $3, $4)",
        city.id,
        city.leader,
        (local - timedelta(hours=1)).time(),
        ends.time(),
    )
    async with office.sending(office.by_email(mails.url)):

        async def put_off() -> bool:
            (entry,) = await office.deliveries(city)
            assert (entry["attempts"], entry["results"]) == (0, None)
            return bool(entry["due_at"] == ends and entry["claim"] is None)

        await eventually(put_off)
    assert mails.accepted == []


async def test_time_runs_out_with_the_last_reason(office: Office, mails: MailServer) -> None:
    city = await office.city(**SITI)
    mails.script.extend(["451 no"] * 1000)
    await office.tell(city)
    longer = replace(SHORT, total=timedelta(seconds=4))
    async with office.sending(office.by_email(mails.url), patience=longer):
        (entry,) = await office.ended(city)
    assert (entry["outcome"], entry["reason"]) == ("failed", "smtp_temporary")
    assert entry["attempts"] >= 2
    assert set(entry["results"]) == {"smtp_temporary"}


async def test_who_cannot_be_reached_is_skipped(office: Office, mails: MailServer) -> None:
    city = await office.city(phone="0812 3456 7890")
    await office.tell(city)
    await office.tell(city, city.mayor)  # the registry does not know the mayor
    async with office.sending(office.by_email(mails.url)):
        log = await office.ended(city)
    assert sorted((d["outcome"], d["reason"], d["attempts"]) for d in log) == [
        ("skipped", "no_address", 0),
        ("skipped", "unknown_person", 0),
    ]
    assert mails.accepted == []


async def test_while_the_registry_is_away_messages_wait(office: Office, mails: MailServer) -> None:
    city = await office.city(**SITI)
    await office.tell(city)
    nobody = office.people(registry="http://127.0.0.1:1")
    async with office.sending(office.by_email(mails.url, people=nobody)):

        async def tried() -> bool:
            return (await office.deliveries(city))[0]["attempts"] >= 2

        await eventually(tried)
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert entry["outcome"] == "delivered"
    assert set(entry["results"]) == {"registry_unavailable", "accepted"}


async def test_the_registry_is_asked_for_all_tenants_at_once(office: Office) -> None:
    both = asyncio.Barrier(2)

    class Slow(Addresses):
        async def of(self, tenant: UUID, people: Collection[UUID]) -> Mapping[UUID, Contact]:
            await asyncio.wait_for(both.wait(), 5)
            return {person: Contact(person, "Siti", None, None, "id") for person in people}

    cities = [await office.city(), await office.city()]
    for city in cities:
        await office.tell(city)
    people = People(office.pool, Slow("", Token("", client_id="", client_secret="")))
    batch = [await claimed_of(office, city) for city in cities]
    worded = await people.worded(batch)
    assert all(isinstance(one, Worded) for one in worded.values())


async def claimed_of(office: Office, city: City) -> Claimed:
    (entry,) = await office.deliveries(city)
    names = {field.name for field in fields(Claimed)} - {"lost"}
    return Claimed(**{name: entry[name] for name in names})


async def test_workers_share_the_queue(office: Office, mails: MailServer) -> None:
    city, other = await office.city(**SITI), await office.city(**SITI)
    for _ in range(2):
        await office.tell(city, number=15)
        await office.tell(other, number=15)
    async with (
        office.sending(office.by_email(mails.url)),
        office.sending(office.by_email(mails.url)),
        office.sending(office.by_email(mails.url)),
    ):
        log = await office.ended(city) + await office.ended(other)
    assert {tuple(d["results"]) for d in log} == {("accepted",)}
    assert len(mails.ids) == len(set(mails.ids)) == 60
    assert mails.sessions <= 20  # a connection serves many mails


async def test_the_same_event_ten_times_sends_once(
    office: Office, mails: MailServer, desk: Desk
) -> None:
    city = await office.city(**SITI)
    here = Desk(office.pool, desk.bell)
    changed = city.grade("B", "A")
    async with office.sending(office.by_email(mails.url)):
        for _ in range(5):
            await here.take(changed, changed)
            await here.tell()
        log = await office.ended(city)
    by_person = [d["recipient_id"] for d in log]
    assert len(by_person) == len(set(by_person)) >= 1
    assert [d["outcome"] for d in log if d["recipient_id"] == city.leader] == ["delivered"]
    assert len(mails.accepted) == 1


async def test_what_cannot_be_worded_harms_only_itself(office: Office, mails: MailServer) -> None:
    city = await office.city(**SITI)
    await office.tell(city, number=3)
    await office.pool.execute(
        "update notices set parameters = '{}' where tenant_id = $1 and id in "
        "(select id from notices where tenant_id = $1 order by position limit 1)",
        city.id,
    )
    async with office.sending(office.by_email(mails.url), patience=SHORT):
        log = await office.ended(city)
    assert sorted((d["outcome"], d["reason"] or "") for d in log) == [
        ("delivered", ""),
        ("delivered", ""),
        ("failed", "internal_error"),
    ]
    assert len(mails.accepted) == 2


async def test_what_ends_its_workers_is_given_up(office: Office, mails: MailServer) -> None:
    city = await office.city(**SITI)
    await office.tell(city)
    for _ in range(MOST_LOST):
        async with transaction(office.pool) as connection:
            claimed = await store.claim(
                connection,
                "email",
                most=50,
                of_one_lane=50,
                of_one_tenant=50,
                busy=[],
                busy_tenants=[],
                lease=timedelta(0),
            )
            (own,) = [delivery for delivery in claimed if delivery.tenant_id == city.id]
            await store.begin(connection, own, lease=timedelta(0))
    async with office.sending(office.by_email(mails.url)):
        (entry,) = await office.ended(city)
    assert (entry["outcome"], entry["reason"]) == ("failed", "unknown")
    assert entry["results"] == ["unknown"] * MOST_LOST
    assert mails.accepted == []


async def test_a_database_that_loses_its_connections_meanwhile_is_no_reason_to_send_twice(
    office: Office, mails: MailServer, templates: Templates
) -> None:
    city = await office.city(**SITI)
    done = asyncio.Event()
    name = office.database.worker.rpartition("/")[2]

    async def cut() -> None:
        await templates.admin(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            f"where datname = '{name}' and usename = 'tera_notification_worker'"
        )
        done.set()

    mails.script.append(cut)
    await office.tell(city)
    async with office.sending(office.by_email(mails.url)):
        await asyncio.wait_for(done.wait(), 20)
        await office.pool.expire_connections()  # the test's own were cut as well
        (entry,) = await office.ended(city)
    assert entry["results"] == ["accepted"]
    assert len(mails.accepted) == 1
