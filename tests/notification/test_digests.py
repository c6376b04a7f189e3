"""The month of each unit, told on the first day of the next at seven, in the tenant's zone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.notification.digests.monthly import record_due
from services.notification.digests.rules import CATCH_UP, MOST_UNITS, Month, digest, due_month
from shared.contracts import CardChange, Duty, Grade, UnitChanged
from tests.notification.conftest import Desk
from tests.notification.test_inbox import Open
from tests.notification.world import City

OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
SEVEN_IN_JAKARTA = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)


def card(month: date, index: str | None, *, answers: int = 40, version: int = 1) -> CardChange:
    return CardChange(
        period=f"{month:%Y-%m}",
        period_starts=month,
        version=version,
        answers=answers,
        index=Decimal(index) if index else None,
        grade=Grade.A if index else None,
    )


def units_of(notice: Any) -> list[tuple[str, str | None, str | None]]:
    return [(u["unit_id"], u["index"], u["change"]) for u in notice["parameters"]["units"]]


async def run(desk: Desk, now: datetime) -> None:
    await record_due(desk.pool, now=now)
    await desk.tell(now=now + timedelta(minutes=1))


async def digests(desk: Desk, city: City) -> dict[UUID, Any]:
    found = [n for n in await desk.notices(city.id) if n["occasion"] == "period_digest"]
    assert len({n["person_id"] for n in found}) == len(found)
    return {notice["person_id"]: notice for notice in found}


async def test_each_head_hears_of_the_own_unit_and_those_below(desk: Desk, reader: Open) -> None:
    city = City()
    await desk.take(
        *city.registry(),
        city.score([card(OCTOBER, "88.00", version=2), card(SEPTEMBER, "81.50")]),
        city.score([card(OCTOBER, "70.00")]),  # an older version, late
        city.score([card(OCTOBER, "79.00", answers=200)], unit=city.agency),
        city.score([card(SEPTEMBER, "79.00")], unit=city.top),
        city.score([card(OCTOBER, "99.00").model_copy(update={"service_id": city.service})]),
    )
    await run(desk, SEVEN_IN_JAKARTA - timedelta(seconds=1))
    assert await digests(desk, city) == {}
    for _ in range(3):
        await run(desk, SEVEN_IN_JAKARTA)
    told = await digests(desk, city)
    assert told.keys() == {city.leader, city.chief, city.mayor}, "each head once"
    counter, agency = (str(city.counter), "88.00", "6.50"), (str(city.agency), "79.00", None)
    assert units_of(told[city.leader]) == [counter]
    assert units_of(told[city.chief]) == [agency, counter]
    assert units_of(told[city.mayor]) == [(str(city.top), None, None), agency, counter]
    (item,) = (await reader(city.id, city.chief).get("/v1/inbox"))["items"]
    assert item["subject"] == "Ringkasan kepuasan Oktober 2026: Dinas"
    assert "Loket: IKM 88,00, mutu A, 40 jawaban, naik 6,50 dari bulan sebelumnya" in item["text"]
    assert item["link_path"] == f"/units/{city.agency}?period=2026-10"


async def test_it_catches_up_and_finds_heads_that_come_later(desk: Desk) -> None:
    city = City()
    await desk.take(city.tenant(), *city.units(), city.score([card(OCTOBER, "88.00")]))
    await run(desk, SEVEN_IN_JAKARTA + timedelta(days=1))
    assert await digests(desk, city) == {}
    await desk.take(city.duty(city.leader, city.counter, Duty.HEAD, valid_until=date(2026, 11, 2)))
    await run(desk, SEVEN_IN_JAKARTA + timedelta(days=2))
    assert (await digests(desk, city)).keys() == {city.leader}, "who was head on the first"
    await desk.take(city.duty(city.chief, city.agency, Duty.HEAD))
    await run(desk, SEVEN_IN_JAKARTA + CATCH_UP)
    assert (await digests(desk, city)).keys() == {city.leader}, "too late to be news"


async def test_nothing_to_tell_is_not_told(desk: Desk) -> None:
    city = City()
    await desk.take(*city.registry(), city.score([card(SEPTEMBER, "88.00")]))
    await run(desk, SEVEN_IN_JAKARTA)
    assert await digests(desk, city) == {}


async def test_a_circle_in_the_tree_harms_nobody(desk: Desk) -> None:
    city = City()
    circle = UnitChanged(
        tenant_id=city.id, id=city.top, version=2, parent_id=city.counter, name="K", unit_kind="u"
    )
    await desk.take(*city.registry(), circle, city.score([card(OCTOBER, "88.00")]))
    await run(desk, SEVEN_IN_JAKARTA)
    assert (await digests(desk, city)).keys() == {city.leader, city.chief, city.mayor}


@pytest.mark.parametrize(
    ("zone", "hour"), [("Asia/Jakarta", 0), ("Asia/Makassar", -1), ("Asia/Jayapura", -2)]
)
def test_seven_in_each_zone(zone: str, hour: int) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour)
    assert due_month(at - timedelta(seconds=1), zone) is None
    due = due_month(at, zone)
    assert due is not None
    assert (due.month, due.day, due.due_at) == (OCTOBER, date(2026, 11, 1), at)
    assert due_month(at + CATCH_UP - timedelta(seconds=1), zone) == due
    assert due_month(at + CATCH_UP, zone) is None
    new_year = due_month(datetime(2027, 1, 2, tzinfo=UTC), zone)
    assert new_year is not None
    assert new_year.month == date(2026, 12, 1)


def test_of_many_units_those_with_the_most_answers_are_named() -> None:
    own = UUID(int=1)
    months = [Month(UUID(int=n), n, Decimal("80"), "B", None) for n in range(1, 101)]
    said = digest(OCTOBER, own, months)
    assert said is not None
    assert len(said["units"]) == MOST_UNITS
    assert said["units"][0]["unit_id"] == str(own)
    assert said["units"][1]["answers"] == 100
    assert said["more"] == 100 - MOST_UNITS
