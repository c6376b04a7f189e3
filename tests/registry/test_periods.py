"""Evaluation periods: whole months, quarters and years, one state after the other."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.periods.rules import (
    MONTHS,
    STATES,
    AdvanceRefused,
    Period,
    PeriodRefused,
    closing,
    end_of,
    of_year,
)
from services.registry.periods.rules import advance as advance_rule
from tests.registry.town import Town

JANUARY = {
    "kind": "monthly",
    "starts_on": "2026-01-01",
    "ends_on": "2026-02-01",
    "closes_at": "2026-02-10T00:00:00+07:00",
}


async def period(town: Town, **fields: Any) -> UUID:
    return UUID((await town.made("/v1/periods", JANUARY | fields))["id"])


async def advance(town: Town, one: UUID, to: str, **fields: Any) -> dict[str, Any]:
    answer = await town.call("POST", f"/v1/periods/{one}/advance", {"to": to, **fields})
    told: dict[str, Any] = answer.json()
    return told


async def test_a_period_goes_through_its_states(town: Town) -> None:
    one = await period(town)
    assert (await advance(town, one, "evaluating"))["type"] == "urn:tera:problem:period-state"
    for number, state in enumerate(("running", "evaluating", "closed"), 2):
        told = await advance(town, one, state)
        assert (told["state"], told["version"]) == (state, number)
    assert (await advance(town, one, "closed"))["version"] == 4
    assert (await advance(town, one, "planned"))["type"] == "urn:tera:problem:period-state"
    assert (await advance(town, one, "evaluating"))["errors"][0]["field"] == "reason"
    told = await advance(town, one, "evaluating", reason="Keberatan diterima")
    assert (told["state"], told["reopened_because"]) == ("evaluating", "Keberatan diterima")
    assert (await advance(town, one, "closed", reason="x"))["errors"][0]["field"] == "reason"
    shown = (await town.call("GET", f"/v1/periods/{one}", role="employee")).json()
    assert shown == told
    last = (await town.outbox())[-1]
    assert last["event_type"] == "registry.period.v1"
    assert b"Keberatan" not in last["body"]


async def test_the_second_of_two_who_advance_is_told(town: Town) -> None:
    one = await period(town)
    await advance(town, one, "running")
    answer = await town.call(
        "POST",
        f"/v1/periods/{one}/advance",
        {"to": "evaluating"},
        headers={"if-match": '"1"'},
    )
    assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"


async def test_days_are_fixed_once_it_runs(town: Town) -> None:
    one = await period(town)
    february = {"starts_on": "2026-02-01", "ends_on": "2026-03-01"}
    closes = {"closes_at": "2026-03-31T17:00:00Z"}
    moved = await town.call("PATCH", f"/v1/periods/{one}", february | closes)
    assert moved.json()["starts_on"] == "2026-02-01"
    await advance(town, one, "running")
    answer = await town.call("PATCH", f"/v1/periods/{one}", JANUARY)
    assert answer.json()["type"] == "urn:tera:problem:period-begun"
    answer = await town.call("DELETE", f"/v1/periods/{one}")
    assert answer.json()["type"] == "urn:tera:problem:period-begun"
    later = await town.call("PATCH", f"/v1/periods/{one}", {"closes_at": "2026-04-30T17:00:00Z"})
    assert later.json()["closes_at"] == "2026-04-30T17:00:00Z"


async def test_no_two_of_a_kind_on_the_same_days(town: Town) -> None:
    first = await period(town)
    answer = await town.call("POST", "/v1/periods", JANUARY)
    assert answer.json()["type"] == "urn:tera:problem:period-exists"
    second = await period(
        town, starts_on="2026-02-01", ends_on="2026-03-01", closes_at="2026-03-01T00:00:00Z"
    )
    answer = await town.call("PATCH", f"/v1/periods/{second}", JANUARY)
    assert answer.json()["type"] == "urn:tera:problem:period-exists"
    assert (await town.call("DELETE", f"/v1/periods/{first}")).status_code == 204
    assert (await town.call("PATCH", f"/v1/periods/{second}", JANUARY)).status_code == 200


async def test_a_year_is_generated_once(town: Town) -> None:
    await period(town)
    body = {"year": 2026, "kind": "monthly", "closes_after_days": 10}
    made = (await town.call("POST", "/v1/periods/generate", body)).json()["created"]
    assert len(made) == 11
    assert made[-1]["ends_on"] == "2027-01-01"
    # The tenth day after the year ends at midnight of Jakarta.
    assert made[-1]["closes_at"] == "2027-01-10T17:00:00Z"
    assert (await town.call("POST", "/v1/periods/generate", body)).json() == {"created": []}
    await town.call("POST", "/v1/periods/generate", {"year": 2027, "kind": "quarterly"})
    listed = (await town.call("GET", "/v1/periods?year=2027")).json()["items"]
    assert [one["starts_on"][5:] for one in listed] == ["01-01", "04-01", "07-01", "10-01"]
    assert (await town.call("GET", "/v1/periods?year=2027&kind=monthly")).json()["items"] == []
    listed = (await town.call("GET", "/v1/periods?on=2026-02-28")).json()["items"]
    assert [one["starts_on"] for one in listed] == ["2026-02-01"]
    page = (await town.call("GET", "/v1/periods?limit=7")).json()
    rest = await town.call("GET", f"/v1/periods?cursor={page['next_cursor']}")
    days = [one["starts_on"] for one in (*page["items"], *rest.json()["items"])]
    assert (len(days), days) == (16, sorted(days))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_on": "2026-01-02"}, "starts_on"),
        ({"ends_on": "2026-03-01"}, "ends_on"),
        ({"kind": "quarterly", "starts_on": "2026-02-01", "ends_on": "2026-05-01"}, "starts_on"),
        ({"kind": "yearly", "starts_on": "2026-04-01", "ends_on": "2027-04-01"}, "starts_on"),
        ({"kind": "weekly"}, "kind"),
        ({"starts_on": "9999-12-01", "ends_on": "9999-12-31"}, "starts_on"),
        # Half past eleven of the last evening in Jakarta.
        ({"closes_at": "2026-01-31T16:30:00Z"}, "closes_at"),
        ({"closes_at": "2026-02-10T00:00:00"}, "closes_at"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, Any], field: str) -> None:
    answer = await town.call("POST", "/v1/periods", JANUARY | fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


@given(st.sampled_from(sorted(MONTHS)), st.integers(2000, 2199))
def test_the_periods_of_a_year_fill_it_without_a_gap(kind: str, year: int) -> None:
    spans = of_year(year, kind)
    assert spans[0][0] == date(year, 1, 1)
    assert spans[-1][1] == date(year + 1, 1, 1)
    assert all(end == first for (_, end), (first, _) in pairwise(spans))


@given(st.sampled_from(sorted(MONTHS)), st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_period_begins_only_where_its_kind_does(kind: str, day: date) -> None:
    firsts = [first for first, _ in of_year(day.year, kind)]
    if day in firsts:
        assert end_of(kind, day) > day
    else:
        with pytest.raises(PeriodRefused):
            end_of(kind, day)


@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans()), max_size=12))
def test_no_state_is_skipped_and_only_a_reason_leads_back(asked: list[tuple[str, bool]]) -> None:
    held = Period(UUID(int=1), "monthly", date(2026, 1, 1), date(2026, 2, 1), datetime.now(UTC))
    for to, reasoned in asked:
        try:
            after = advance_rule(held, to, "why" if reasoned else None)
        except (AdvanceRefused, PeriodRefused):
            continue
        forward = STATES.index(after.state) - STATES.index(held.state) == 1
        back = (held.state, after.state, reasoned) == ("closed", "evaluating", True)
        assert (forward and not reasoned) or back
        held = after


def test_it_closes_at_midnight_where_the_tenant_is() -> None:
    night = closing(date(2026, 4, 1), 0, ZoneInfo("Europe/Amsterdam"))
    assert night == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert night + timedelta(days=5) == closing(date(2026, 4, 1), 5, ZoneInfo("Europe/Amsterdam"))
