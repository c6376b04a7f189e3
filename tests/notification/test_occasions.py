"""What is worth a message, who is told of it, and that everybody is told once (promise G3)."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.notification.occasions.rules import (
    GIVE_UP,
    GRADE_SAMPLE,
    HESITATION,
    Answerable,
    readers,
)
from services.notification.occasions.store import forget
from services.notification.timers import KEPT_FOR
from services.notification.wording.rules import Occasion
from shared.contracts import Duty
from shared.db import transaction
from tests.notification.conftest import Desk
from tests.notification.world import City, quarter_of


@pytest.fixture
def city() -> City:
    return City()


async def test_a_critical_answer_is_for_the_head_of_the_unit(desk: Desk, city: City) -> None:
    await desk.take(*city.registry(), city.answer(), city.answer(marks=[2] * 9))
    await desk.tell()
    (notice,) = await desk.notices(city.id)
    assert (notice["person_id"], notice["occasion"]) == (city.leader, "critical_answer")
    assert notice["parameters"].keys() == {"service_id", "elements", "day"}
    assert notice["parameters"]["elements"] == ["waktu"]


async def test_old_parked_and_paper_answers_alarm_nobody(desk: Desk, city: City) -> None:
    now = datetime.now(UTC)
    last_year = now - timedelta(days=365)
    await desk.take(
        *city.registry(),
        city.answer(at=now - timedelta(hours=26), later=timedelta(hours=25), channel="paper"),
        city.answer(at=last_year),
        city.answer(state="parked"),
        city.answer(state="withdrawn"),
    )
    await desk.tell()
    assert await desk.notices(city.id) == []
    assert (
        await desk.pool.fetchval("select count(*) from occasions where tenant_id=$1", city.id) == 0
    )


async def test_a_restored_or_corrected_answer_alarms_once(desk: Desk, city: City) -> None:
    fact = city.new_id()
    revisions = [
        city.answer(fact_id=fact, revision=1, state="parked"),
        city.answer(fact_id=fact, revision=2),
        city.answer(fact_id=fact, revision=3, state="withdrawn"),
        city.answer(fact_id=fact, revision=4, marks=[1] * 9),
    ]
    await desk.take(*city.registry())
    for revision in revisions:
        await desk.take(revision)
        await desk.tell()
    assert await desk.told(city.id, "critical_answer") == [city.leader]


async def test_a_changed_grade_goes_up_one_level_and_to_the_survey_officer(
    desk: Desk, city: City
) -> None:
    await desk.take(*city.registry(), city.grade("B", "A"))
    await desk.tell()
    told = await desk.told(city.id, "grade_changed")
    assert set(told) == {city.leader, city.chief, city.officer}
    assert len(told) == 3
    notice = (await desk.notices(city.id))[0]
    period, _ = quarter_of(datetime.now(UTC))
    assert notice["parameters"] == {
        "period": period, "previous_grade": "B", "grade": "A", "index": "90.12", "answers": 40,
    }  # fmt: skip


async def test_what_is_no_changed_grade(desk: Desk, city: City) -> None:
    now = datetime.now(UTC)
    month = {"period": f"{now:%Y-%m}", "period_starts": now.date().replace(day=1)}
    long_ago = {"period": "2019-Q1", "period_starts": date(2019, 1, 1)}
    results = [
        city.grade(None, "A"),
        city.grade("A", None),
        city.grade("A", "A"),
        city.grade(answers=GRADE_SAMPLE - 1),
        city.grade(service_id=city.service),
        city.grade(**month),
        city.grade(**long_ago),
        city.grade(at=now - GIVE_UP - timedelta(minutes=1)),
        city.grade().model_copy(update={"subject_kind": "person"}),
    ]
    await desk.take(*city.registry(), *results)
    await desk.tell()
    assert await desk.notices(city.id) == []


async def test_each_version_is_an_occasion_of_its_own(desk: Desk, city: City) -> None:
    there, back = city.grade("A", "B", version=41), city.grade("B", "A", version=42)
    await desk.take(*city.registry(), there, back)
    await desk.tell()
    assert (await desk.told(city.id, "grade_changed")).count(city.leader) == 2


async def test_ten_times_shuffled_and_read_again_tells_once(desk: Desk, city: City) -> None:
    answers = [city.answer() for _ in range(20)]
    grades = [city.grade(version=v) for v in range(1, 6)]
    events = [*city.registry(), *answers, *grades] * 10
    random.Random(7).shuffle(events)
    for start in range(0, len(events), 50):
        await desk.take(*events[start : start + 50])
        await desk.tell()
    await desk.take(*events)
    await desk.tell()
    assert await desk.told(city.id, "critical_answer") == [city.leader] * 20
    assert (await desk.told(city.id, "grade_changed")).count(city.chief) == 5
    deliveries = await desk.deliveries(city.id)
    assert len(deliveries) == len(await desk.notices(city.id)) == 35, "e-mail, by default"
    assert {row["channel"] for row in deliveries} == {"email"}


async def test_an_occasion_waits_for_whoever_is_to_be_told(desk: Desk, city: City) -> None:
    await desk.take(city.answer(), city.grade())
    await desk.tell()
    mayor, *heads = city.heads()
    for late in (city.tenant(), *city.units(), mayor):
        await desk.take(late)
        await desk.tell()
        assert await desk.notices(city.id) == []
    await desk.take(*heads)
    await desk.tell()
    assert await desk.told(city.id, "critical_answer") == [city.leader]
    assert len(await desk.told(city.id, "grade_changed")) == 3


async def test_nobody_to_tell_is_given_up(desk: Desk, city: City) -> None:
    await desk.take(city.tenant(), city.answer())
    await desk.tell()
    late = datetime.now(UTC) + GIVE_UP + timedelta(minutes=1)
    await desk.take(*city.units())
    await desk.tell(now=late)
    state = await desk.pool.fetchval("select state from occasions where tenant_id=$1", city.id)
    assert state == "given_up"
    await desk.take(*city.heads())
    await desk.tell(now=late)
    assert await desk.notices(city.id) == []


async def test_duties_hold_on_their_days_only(desk: Desk, city: City) -> None:
    today = datetime.now(UTC).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=2)
    ended, future, deleted, gone, acting = (uuid4() for _ in range(5))
    await desk.take(
        city.tenant(),
        *city.units(),
        city.duty(ended, city.counter, Duty.HEAD, valid_until=yesterday),
        city.duty(future, city.counter, Duty.HEAD, valid_from=tomorrow),
        city.duty(deleted, city.counter, Duty.HEAD, deleted=True),
        city.duty(gone, city.counter, Duty.HEAD),
        city.person(gone, deleted=True, version=2),
        city.duty(city.officer, city.counter, Duty.COMPLAINT_OFFICER),
        city.duty(acting, city.agency, Duty.HEAD, assignment_kind="acting"),
        city.answer(),
    )
    await desk.tell()
    assert await desk.notices(city.id) == [], "the unit's own head may become known in a moment"
    await desk.tell(now=datetime.now(UTC) + HESITATION)
    assert await desk.told(city.id, "critical_answer") == [acting], "the nearest unit above"


async def test_a_newer_version_of_a_duty_wins_in_any_order(desk: Desk, city: City) -> None:
    duty = city.duty(city.leader, city.counter, Duty.HEAD)
    without = duty.model_copy(update={"version": 2, "duties": ()})
    await desk.take(city.tenant(), *city.units(), without, duty)
    await desk.take(city.duty(city.chief, city.agency, Duty.HEAD), duty, city.answer())
    await desk.tell(now=datetime.now(UTC) + HESITATION)
    assert await desk.told(city.id, "critical_answer") == [city.chief]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Asia/Jakarta", 10), ("Asia/Makassar", 11), ("Asia/Jayapura", 11), ("Pacific/Honolulu", 10)],
)
async def test_the_day_is_the_one_of_the_tenants_zone(desk: Desk, zone: str, day: int) -> None:
    """At 16:30 UTC it is half past eleven at night in Jakarta and the next day in Makassar."""
    city = City(zone)
    at = datetime.now(UTC).replace(hour=16, minute=30) - timedelta(days=1)
    tenth = at.date()
    heads = {10: uuid4(), 11: uuid4()}
    await desk.take(
        city.tenant(),
        *city.units(),
        city.duty(heads[10], city.counter, Duty.HEAD, valid_until=tenth + timedelta(days=1)),
        city.duty(heads[11], city.counter, Duty.HEAD, valid_from=tenth + timedelta(days=1)),
        city.answer(at=at, later=timedelta(0)),
    )
    await desk.tell()
    assert await desk.told(city.id, "critical_answer") == [heads[day]]
    (notice,) = await desk.notices(city.id)
    assert notice["parameters"]["day"] == (tenth + timedelta(days=day - 10)).isoformat()


async def test_occasions_are_forgotten_when_their_time_is_over(desk: Desk, city: City) -> None:
    """Not those that wait; and what is read again after that is too old to be told."""
    lonely = City()
    old = datetime.now(UTC) - KEPT_FOR - timedelta(days=1)
    await desk.take(*city.registry(), city.answer(), lonely.answer())
    await desk.tell()
    await desk.pool.execute(
        "update occasions set created_at = $2 where tenant_id = any ($1)", [city.id, lonely.id], old
    )
    async with transaction(desk.pool) as connection:
        assert await forget(connection, older_than=KEPT_FOR, limit=1000) == 1
    left = await desk.pool.fetch(
        "select tenant_id from occasions where tenant_id = any ($1)", [city.id, lonely.id]
    )
    assert [row["tenant_id"] for row in left] == [lonely.id]
    await desk.take(city.answer(at=old), city.grade(at=old))
    await desk.tell()
    assert len(await desk.notices(city.id)) == 1


async def test_what_waits_long_is_looked_at_rarely(desk: Desk, city: City) -> None:
    """A city without a single duty costs nothing."""
    await desk.take(city.tenant(), *city.units(), city.answer())
    now = datetime.now(UTC)
    for waited, again in ((1, 1), (20, 20), (300, 60)):
        at = now + timedelta(minutes=waited)
        await desk.tell(now=at)
        look_at = await desk.pool.fetchval(
            "select look_at from occasions where tenant_id = $1", city.id
        )
        assert abs(look_at - at - timedelta(minutes=again)) < timedelta(seconds=30)
    await desk.take(city.duty(city.leader, city.counter, Duty.COMPLAINT_OFFICER))
    await desk.tell(now=at)
    assert await desk.notices(city.id) == []
    await desk.take(*city.heads())
    await desk.tell(now=at)
    assert await desk.told(city.id, "critical_answer") == [city.leader]


def test_who_is_told() -> None:
    """Levels: heads, survey officers."""
    line = [
        Answerable(1, own := uuid4(), True, False),
        Answerable(1, both := uuid4(), True, True),
        Answerable(2, above := uuid4(), True, False),
        Answerable(3, top := uuid4(), True, True),
    ]
    assert readers(Occasion.CRITICAL_ANSWER, line) == {own, both}
    assert readers(Occasion.GRADE_CHANGED, line) == {own, both, above}
    assert readers(Occasion.GRADE_CHANGED, [line[0], line[3]]) == {own, top}
    assert readers(Occasion.PERIOD_DIGEST, line) == frozenset()
    assert readers(Occasion.CRITICAL_ANSWER, []) == frozenset()
