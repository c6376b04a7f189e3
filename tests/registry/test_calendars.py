"""Working calendars: the nearest wins, days differ, and the hours between two moments are told."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.calendars.rules import Calendar, Day, Span, checked_days, checked_spans
from shared.contracts import CalendarChanged
from tests.registry.town import Town


def spans(text: str) -> list[dict[str, str]]:
    """'08:00-12:00 13:00-16:00'"""
    pairs = [each.split("-") for each in text.split()]
    return [{"starts": starts, "ends": ends} for starts, ends in pairs]


def document(*days: str, **fields: Any) -> dict[str, Any]:
    """`days` from Monday on, the rest of the week free."""
    week = [spans(day) for day in (*days, *[""] * (7 - len(days)))]
    return {"valid_from": "2026-01-01", "week": week, **fields}


OFFICE = document(*["08:00-12:00 13:00-16:00"] * 4, "08:00-11:00")


async def calendar(town: Town, body: dict[str, Any]) -> UUID:
    return UUID((await town.made("/v1/calendars", body))["id"])


async def told(town: Town, unit: UUID, what: str, **query: str) -> dict[str, Any]:
    answer = await town.http.request(
        "GET",
        f"/v1/units/{unit}/{what}",
        params=query,
        headers={"authorization": f"Bearer {town.mint(tenant=town.id, roles=['employee'])}"},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_nearest_wins_and_each_level_is_shown(town: Town) -> None:
    top = await town.unit("Bandung")
    clinic = await town.unit("Puskesmas", parent_id=str(top))
    found = await told(town, clinic, "calendar", on="2026-08-14")
    assert found["hours"][-1] == {"starts": "13:00", "ends": "16:30"}
    assert [each["name"] for each in found["sources"] if each["wins"]] == ["Perpres 21/2023"]

    await calendar(town, OFFICE)
    near = document(*["07:00-20:00"] * 6, unit_id=str(clinic), valid_from="2026-08-01", days=[])
    made = await calendar(town, near)
    await town.call("PUT", f"/v1/calendars/{made}/days/2026-08-17", {"name": "Hari Kemerdekaan"})
    found = await told(town, clinic, "calendar", on="2026-08-17")
    assert (found["hours"], found["day_name"]) == ([], "Hari Kemerdekaan")
    assert found["week"][5] == [{"starts": "07:00", "ends": "20:00"}]
    assert [
        (each["level"], each["name"], each["calendar_id"] is not None, each["wins"])
        for each in found["sources"]
    ] == [
        ("unit", "Puskesmas", True, True),
        ("unit", "Bandung", False, False),
        ("tenant", "Kota", True, False),
        ("standard", "Perpres 21/2023", False, False),
    ]
    found = await told(town, clinic, "calendar", on="2026-07-31")
    assert [each["level"] for each in found["sources"] if each["wins"]] == ["tenant"]
    # A calendar replaces those above it, their holidays too.
    found = await told(town, top, "calendar", on="2026-08-17")
    assert len(found["hours"]) == 2


async def test_a_unit_that_moved_works_as_its_place_of_the_day(town: Town) -> None:
    hospital, office = await town.unit("RSUD"), await town.unit("Dinas")
    ward = await town.unit("Bangsal", parent_id=str(hospital))
    await calendar(town, document(*["00:00-00:00"] * 7, unit_id=str(hospital)))
    await calendar(town, document(*["08:00-16:00"] * 5, unit_id=str(office)))
    moved = await town.call(
        "POST", f"/v1/units/{ward}/moves", {"on": "2199-01-01", "parent_id": str(office)}
    )
    assert moved.status_code == 200, moved.text
    before, after = "2198-12-31T00:00:00+07:00", "2199-01-01T00:00:00+07:00"
    day = await told(town, ward, "working-time", **{"from": before, "until": after})
    assert day == {"minutes": 24 * 60}
    day = await told(
        town, ward, "working-time", **{"from": after, "until": "2199-01-02T00:00:00+07:00"}
    )
    assert day == {"minutes": 8 * 60}


async def test_hours_and_due_dates_of_a_unit(town: Town) -> None:
    unit = await town.unit()
    days = [{"day": "2026-08-17", "name": "Hari Kemerdekaan"}, {"day": "2026-08-15", "spans": []}]
    await calendar(town, OFFICE | {"days": days})
    # Friday 15:00 to Tuesday 09:30 in Jakarta, over the weekend and a holiday.
    weekend = {"from": "2026-08-14T03:00:00Z", "until": "2026-08-18T02:30:29Z"}
    assert await told(town, unit, "working-time", **weekend) == {"minutes": 60 + 90}
    weekend["until"] = "2026-08-18T02:30:30Z"
    assert await told(town, unit, "working-time", **weekend) == {"minutes": 60 + 91}
    due = {"from": "2026-08-13T18:00:00Z", "working_days": "1"}
    assert await told(town, unit, "working-time/due", **due) == {
        "due_on": "2026-08-18",
        "due_at": "2026-08-18T09:00:00Z",
    }


async def test_what_cannot_be_answered_is_refused(town: Town) -> None:
    unit = await town.unit()
    await calendar(town, document(*[""] * 7))
    when = "2026-08-14T03:00:00Z"
    for path, field in (
        (f"working-time?from={when}&until=2026-08-14T02:59:59Z", "until"),
        (f"working-time?from={when}&until=2036-08-14T03:00:00Z", "until"),
        (f"working-time?from={when}", "until"),
        (f"working-time/due?from={when}&working_days=1", "working_days"),
        ("working-time/due?from=2026-08-14&working_days=1", "from"),
        ("calendar?on=9999-12-31", "on"),
    ):
        answer = await town.call("GET", f"/v1/units/{unit}/{path}")
        assert answer.status_code == 422, path
        assert answer.json()["errors"][0]["field"] == field
    assert (await town.call("GET", f"/v1/units/{uuid4()}/calendar")).status_code == 404


async def test_single_days_differ_and_the_second_of_two_editors_is_told(town: Town) -> None:
    one = await calendar(town, OFFICE)
    half = {"spans": spans("13:00-14:00 08:00-10:00"), "name": "Ramadan"}
    answer = await town.call("PUT", f"/v1/calendars/{one}/days/2026-02-19", half)
    assert answer.json()["days"] == [
        {
            "day": "2026-02-19",
            "spans": [
                {"starts": "08:00", "ends": "10:00"},
                {"starts": "13:00", "ends": "14:00"},
            ],
            "name": "Ramadan",
        }
    ]
    late = await town.call(
        "PUT", f"/v1/calendars/{one}/days/2026-02-20", half, headers={"if-match": '"1"'}
    )
    assert late.json()["type"] == "urn:tera:problem:changed-meanwhile"
    again = await town.call("PUT", f"/v1/calendars/{one}/days/2026-02-19", half)
    assert again.json()["version"] == 2
    event = CalendarChanged.read((await town.outbox())[-1]["body"])
    assert (event.version, str(event.days[0].spans[0].ends)) == (2, "10:00:00")
    assert b"Ramadan" not in event.body()
    gone = await town.call("DELETE", f"/v1/calendars/{one}/days/2026-02-19")
    assert (gone.json()["days"], gone.json()["version"]) == ([], 3)
    assert (await town.call("GET", f"/v1/calendars/{one}")).json() == gone.json()
    whole = await town.call("PUT", f"/v1/calendars/{one}", document("08:00-16:00"))
    assert whole.json()["week"][1] == []
    assert (await town.call("DELETE", f"/v1/calendars/{one}")).status_code == 204
    assert CalendarChanged.read((await town.outbox())[-1]["body"]).deleted


async def test_a_unit_with_a_calendar_is_kept(town: Town) -> None:
    unit = await town.unit()
    await calendar(town, OFFICE | {"unit_id": str(unit)})
    await calendar(town, OFFICE)
    listed = (await town.call("GET", f"/v1/calendars?unit_id={unit}", role="employee")).json()
    assert [each["unit_id"] for each in listed["items"]] == [str(unit)]
    answer = await town.call("POST", "/v1/calendars", OFFICE | {"unit_id": str(unit)})
    assert answer.json()["type"] == "urn:tera:problem:calendar-date-taken"
    answer = await town.call("DELETE", f"/v1/units/{unit}")
    assert answer.json()["type"] == "urn:tera:problem:unit-has-calendar"


def full(days: int) -> list[dict[str, Any]]:
    return [{"day": f"{2000 + number // 28}-01-{number % 28 + 1:02}"} for number in range(days)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"week": [[]] * 6}, "week"),
        ({"week": [spans("08:00-08:00"), *[[]] * 6]}, "week[0]"),
        ({"week": [spans("22:00-06:00"), *[[]] * 6]}, "week[0]"),
        ({"week": [[], spans("08:00-12:00 11:59-13:00"), *[[]] * 5]}, "week[1]"),
        ({"week": [[], spans("08:00-00:00 09:00-10:00"), *[[]] * 5]}, "week[1]"),
        ({"week": [spans("08:00:30-12:00"), *[[]] * 6]}, "week[0][0].starts"),
        ({"week": [spans("08:00-12:00Z"), *[[]] * 6]}, "week[0][0].ends"),
        ({"days": [{"day": "2026-05-01"}, {"day": "2026-05-01"}]}, "days"),
        ({"days": full(401)}, "days"),
        ({"days": [{"day": "9999-12-31"}]}, "days[0].day"),
        ({"unit_id": str(uuid4())}, "unit_id"),
        ({"valid_from": "0001-01-01"}, "valid_from"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, Any], field: str) -> None:
    answer = await town.call("POST", "/v1/calendars", OFFICE | fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_a_full_calendar_takes_no_further_day(town: Town) -> None:
    one = await calendar(town, OFFICE | {"days": full(400)})
    answer = await town.call("PUT", f"/v1/calendars/{one}/days/2100-01-01", {})
    assert answer.json()["type"] == "urn:tera:problem:calendar-full"


dates = st.dates(date(2026, 1, 1), date(2026, 1, 9))


@given(st.lists(st.tuples(dates, st.booleans())), dates)
def test_days_stay_in_order_and_differ_once(steps: list[tuple[date, bool]], last: date) -> None:
    held = Calendar(uuid4(), date(2026, 1, 1), ((),) * 7)
    for day, differs in steps:
        held = held.with_day(Day(day)) if differs else held.without_day(day)
    named = held.with_day(Day(last, name="Libur"))
    assert checked_days(named.days) == named.days
    assert [each.name for each in named.days if each.day == last] == ["Libur"]
    assert named.without_day(last) == held.without_day(last)


minutes = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(st.lists(st.builds(Span, minutes, minutes), max_size=4))
def test_spans_are_taken_only_in_order_and_apart(given: list[Span]) -> None:
    try:
        spans = checked_spans(given)
    except ValueError:
        return
    assert sorted(given, key=lambda span: span.starts) == list(spans)
    inner = [clock for span in spans for clock in (span.starts, span.ends)][:-1]
    assert inner == sorted(inner)
