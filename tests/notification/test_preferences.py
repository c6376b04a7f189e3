"""How somebody wants to be told, and when not."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.digests.daily import send_due
from services.notification.preferences.rules import (
    DIGEST_HOUR,
    Preference,
    QuietHours,
    next_digest,
    when,
)
from services.notification.wording.rules import Occasion
from shared.db import transaction
from tests.notification.conftest import Desk, Reader
from tests.notification.test_inbox import Open
from tests.notification.world import City

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
NIGHT = QuietHours(time(21), time(6))

moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
quiet_hours = (
    st.tuples(clocks, clocks).filter(lambda two: two[0] != two[1]).map(lambda two: QuietHours(*two))
)


@pytest.mark.parametrize(
    ("zone", "utc", "sent"),
    [  # 21:00 to 06:00 local: 14:00 to 23:00 UTC in the west, 13:00 to 22:00, 12:00 to 21:00
        ("Asia/Jakarta", "2026-11-23T13:59", "2026-11-23T13:59"),
        ("Asia/Jakarta", "2026-11-23T14:00", "2026-11-23T23:00"),
        ("Asia/Jakarta", "2026-11-23T17:30", "2026-11-23T23:00"),
        ("Asia/Jakarta", "2026-11-23T22:59", "2026-11-23T23:00"),
        ("Asia/Jakarta", "2026-11-23T23:00", "2026-11-23T23:00"),
        ("Asia/Makassar", "2026-11-23T13:30", "2026-11-23T22:00"),
        ("Asia/Makassar", "2026-12-31T16:30", "2026-12-31T22:00"),
        ("Asia/Jayapura", "2026-11-23T11:59", "2026-11-23T11:59"),
        ("Asia/Jayapura", "2026-11-23T12:00", "2026-11-23T21:00"),
    ],
)
def test_quiet_hours_over_midnight(zone: str, utc: str, sent: str) -> None:
    due = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert when(due, NIGHT, zone) == datetime.fromisoformat(sent).replace(tzinfo=UTC)


@settings(deadline=None)
@given(moments, quiet_hours, st.sampled_from(ZONES))
def test_it_is_never_early_never_quiet_and_never_later_than_needed(
    due: datetime, quiet: QuietHours, zone: str
) -> None:
    sent = when(due, quiet, zone)
    local = sent.astimezone(ZoneInfo(zone))
    assert not quiet.hold(local.time())
    assert due <= sent < due + timedelta(days=1)
    assert sent == due or local.time() == quiet.ends
    assert when(sent, quiet, zone) == sent
    assert when(due, None, zone) == due


@settings(deadline=None)
@given(moments, quiet_hours, st.sampled_from(("America/New_York", "Australia/Lord_Howe")))
def test_clocks_that_jump_do_no_harm(due: datetime, quiet: QuietHours, zone: str) -> None:
    assert due <= when(due, quiet, zone) <= due + timedelta(hours=26)


@settings(deadline=None)
@given(moments, st.sampled_from(ZONES))
def test_a_digest_goes_out_at_seven(now: datetime, zone: str) -> None:
    at = next_digest(now, zone)
    assert at.astimezone(ZoneInfo(zone)).time() == DIGEST_HOUR
    assert now < at <= now + timedelta(days=1)


def test_quiet_hours_are_not_the_whole_day() -> None:
    with pytest.raises(ValueError, match="differ"):
        QuietHours(time(7), time(7))


def test_a_digest_takes_the_channels_of_answers() -> None:
    preference = Preference(channels={Occasion.CRITICAL_ANSWER: ("inbox", "gateway")})
    assert preference.channels_for(Occasion.CRITICAL_DIGEST) == ("gateway",)
    assert preference.channels_for(Occasion.GRADE_CHANGED) == ("inbox", "email")


@pytest_asyncio.fixture
async def city(desk: Desk) -> City:
    made = City("Asia/Makassar")
    await desk.take(*made.registry())
    return made


@pytest.fixture
def leader(city: City, reader: Open) -> Reader:
    return reader(city.id, city.leader)


async def say(reader: Reader, **said: Any) -> dict[str, Any]:
    answer = await reader.http.put("/v1/preferences", json=said, headers=reader.headers)
    assert answer.status_code == 200, answer.text
    kept: dict[str, Any] = answer.json()
    assert kept == await reader.get("/v1/preferences")
    return kept


async def test_who_says_nothing_has_the_defaults(leader: Reader) -> None:
    defaults = {
        "language": None,
        "zone": None,
        "tenant_zone": "Asia/Makassar",
        "quiet_hours": None,
        "channels": {
            "grade_changed": ["inbox", "email"],
            "critical_answer": ["inbox", "email"],
            "period_digest": ["inbox", "email"],
        },
        "critical_answers": "at_once",
    }
    assert await leader.get("/v1/preferences") == defaults
    changed = await say(leader, language="en", quiet_hours={"from": "21:00", "until": "06:00"})
    assert changed == defaults | {
        "language": "en", "quiet_hours": {"from": "21:00:00", "until": "06:00:00"},
    }  # fmt: skip
    assert await say(leader) == defaults, "what is left out goes back"


@pytest.mark.parametrize(
    "said",
    [
        {"zone": "Asia/Bandung"},
        {"zone": "../etc/passwd"},
        {"zone": ""},
        {"language": "fr"},
        {"quiet_hours": {"from": "21:00"}},
        {"quiet_hours": {"from": "21:00", "until": "21:00"}},
        {"quiet_hours": {"from": "21:00:30", "until": "06:00"}},
        {"quiet_hours": {"from": "21:00+07:00", "until": "06:00"}},
        {"quiet_hours": {"from": "25:00", "until": "06:00"}},
        {"channels": {"grade_changed": ["pigeon"]}},
        {"channels": {"grade_changed": ["webhook"]}},
        {"channels": {"birthday": ["inbox"]}},
        {"critical_answers": "never"},
        {"person_id": "0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69"},
    ],
)
async def test_bad_preferences(leader: Reader, said: dict[str, Any]) -> None:
    answer = await leader.http.put("/v1/preferences", json=said, headers=leader.headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


async def test_quiet_hours_hold_back_letters_and_never_the_inbox(
    desk: Desk, city: City, leader: Reader
) -> None:
    now = datetime.now(ZoneInfo("Asia/Jayapura"))
    begins, ends = ((now + timedelta(hours=hours)).strftime("%H:00") for hours in (-1, 2))
    quiet = {"from": begins, "until": ends}
    await say(
        leader, zone="Asia/Jayapura", quiet_hours=quiet,
        channels={"critical_answer": ["inbox", "email", "gateway"]},
    )  # fmt: skip
    await desk.take(city.answer())
    await desk.tell()
    assert len(await leader.subjects()) == 1
    deliveries = await desk.deliveries(city.id)
    assert {row["channel"] for row in deliveries} == {"email", "gateway"}
    for row in deliveries:
        local = row["due_at"].astimezone(ZoneInfo("Asia/Jayapura"))
        assert local.strftime("%H:%M") == ends


async def test_only_by_letter_and_not_at_all(desk: Desk, city: City, leader: Reader) -> None:
    await say(leader, channels={"critical_answer": ["email"], "grade_changed": []})
    await desk.take(city.answer(), city.grade())
    await desk.tell()
    page = await leader.get("/v1/inbox")
    assert (page["items"], page["unread"]) == ([], 0)
    mine = [row for row in await desk.deliveries(city.id) if row["recipient_id"] == city.leader]
    assert [(row["channel"], row["occasion"]) for row in mine] == [("email", "critical_answer")]


async def test_critical_answers_of_a_day_in_one_letter(
    desk: Desk, city: City, leader: Reader
) -> None:
    await say(leader, language="en", critical_answers="daily")
    for _ in range(3):
        await desk.take(city.answer())
        await desk.tell()
    assert len(await leader.subjects()) == 3, "the inbox has each at once"
    assert await desk.deliveries(city.id) == []
    seven = next_digest(datetime.now(UTC), city.zone)
    for _ in range(2):
        for now, sent in ((seven - timedelta(seconds=1), 0), (seven, 1)):
            async with transaction(desk.pool) as connection:
                await send_due(connection, now=now)
            assert len(await desk.deliveries(city.id)) >= sent
    (delivery,) = await desk.deliveries(city.id)
    assert (delivery["occasion"], delivery["recipient_id"]) == ("critical_digest", city.leader)
    digest = next(n for n in await desk.notices(city.id) if n["occasion"] == "critical_digest")
    assert digest["id"] == delivery["notice_id"]
    assert digest["parameters"]["units"] == [{"unit_id": str(city.counter), "answers": 3}]
    assert len(await leader.subjects()) == 3


async def test_an_answer_committed_after_its_digest_gets_another(
    desk: Desk, city: City, leader: Reader
) -> None:
    await say(leader, critical_answers="daily")
    seven = next_digest(datetime.now(UTC), city.zone)
    for _ in range(2):
        await desk.take(city.answer())
        await desk.tell(now=seven - timedelta(seconds=1))
        async with transaction(desk.pool) as connection:
            await send_due(connection, now=seven)
    found = [n for n in await desk.notices(city.id) if n["occasion"] == "critical_digest"]
    assert [n["parameters"]["units"][0]["answers"] for n in found] == [1, 1]
    assert len(await desk.deliveries(city.id)) == 2
