"""Indicators: units that fit, bands without gaps, and what applies to whom on which day."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.registry.indicators.rules import (
    FITS,
    Band,
    Held,
    Indicator,
    applying,
    band_problem,
    target_refusals,
)
from shared.contracts import IndicatorChanged, IndicatorSource, MeasureUnit
from tests.registry.town import Town

WAITING: dict[str, Any] = {
    "name": "Waktu tunggu",
    "source": "visit_duration",
    "measure_unit": "minutes",
    "better": "lower",
    "target_low": "10",
    "target_high": "15",
    "aspect": "time",
    "theme": "kualitas",
    "valid_from": "2026-01-01",
}
TENTHS = st.integers(0, 2000).map(lambda number: Decimal(number) / 10)


async def indicator(town: Town, **fields: Any) -> UUID:
    return UUID((await town.made("/v1/indicators", {**WAITING, **fields}))["id"])


async def names(town: Town, whose: str, on: str, **caller: Any) -> list[str]:
    answer = await town.call("GET", f"/v1/{whose}/indicators?on={on}", **caller)
    assert answer.status_code == 200, answer.text
    return [found["name"] for found in answer.json()]


def test_every_source_and_unit_of_the_contracts_is_known() -> None:
    assert set(FITS) == set(IndicatorSource)
    assert set(FITS["report"].units) == set(MeasureUnit)
    assert all(set(fit.units) <= set(MeasureUnit) for fit in FITS.values())


def cut(edges: Sequence[Decimal]) -> list[Band]:
    """Bands that meet at these edges, from nothing to for ever."""
    lowers, uppers = [None, *edges], [*edges, None]
    return [Band(low, high, 100) for low, high in zip(lowers, uppers, strict=True)]


def holding(bands: Sequence[Band], value: Decimal) -> int:
    """How many bands a value belongs to, as the contract says it."""
    return sum(
        (band.lower is None or band.lower <= value) and (band.upper is None or value < band.upper)
        for band in bands
    )


BANDS = st.lists(
    st.builds(Band, st.none() | TENTHS, st.none() | TENTHS, st.just(100)), min_size=1, max_size=4
)


@given(edges=st.sets(TENTHS, max_size=5), data=st.data())
def test_bands_that_meet_are_taken_in_any_order(edges: set[Decimal], data: st.DataObject) -> None:
    bands = cut(sorted(edges))
    assert band_problem(data.draw(st.permutations(bands)), "minutes") is None


@given(bands=BANDS | st.sets(TENTHS, max_size=4).map(lambda edges: cut(sorted(edges))))
@pytest.mark.parametrize(("unit", "largest"), [("percent", 100), ("minutes", 10**9)])
def test_bands_are_taken_when_each_value_has_exactly_one(
    bands: list[Band], unit: str, largest: int
) -> None:
    """Values between two neighbouring edges behave alike: edges and the values beside them say
    it for all."""
    edges = {edge for band in bands for edge in (band.lower, band.upper) if edge is not None}
    near = {edge + step for edge in edges for step in (Decimal("-0.01"), 0, Decimal("0.01"))}
    inside = [value for value in {*near, Decimal(0), Decimal(largest)} if 0 <= value <= largest]
    whole = all(holding(bands, value) == 1 for value in inside)
    empty = any(b.lower is not None and b.upper is not None and b.lower >= b.upper for b in bands)
    problem = band_problem(bands, unit)
    if problem is None:
        assert whole
    else:
        outside = any(
            (band.lower is not None and band.lower > largest)
            or (band.upper is not None and band.upper <= 0)
            for band in bands
        )
        assert not whole or empty or outside


@pytest.mark.parametrize(
    ("bands", "unit", "words"),
    [
        ([(5, None)], "minutes", "leaves a gap from 0 to 5"),
        ([(None, 5), (6, None)], "minutes", "leaves a gap from 5 to 6"),
        ([(None, 6), (5, None)], "minutes", "overlap at 5"),
        ([(None, 6), (None, None)], "minutes", "overlap at 0"),
        ([(None, 100)], "percent", "leaves a gap at 100 and above"),
        ([(None, 100)], "rupiah", "leaves a gap at 100 and above"),
        ([(None, 7), (7, 7), (7, None)], "days", "empty band"),
        ([(0, 101)], "percent", None),
        ([(0, 70), (70, None)], "index", None),
    ],
)
def test_what_is_wrong_with_bands_is_said(
    bands: list[tuple[int | None, int | None]], unit: str, words: str | None
) -> None:
    made = [
        Band(*(None if edge is None else Decimal(edge) for edge in edges), points=1)
        for edges in bands
    ]
    problem = band_problem(made, unit)
    assert (words is None and problem is None) or (words is not None and words in str(problem))


@given(low=TENTHS, high=TENTHS, unit=st.sampled_from(list(MeasureUnit)))
@example(low=Decimal(0), high=Decimal(100), unit=MeasureUnit.PERCENT)
@example(low=Decimal(0), high=Decimal("100.1"), unit=MeasureUnit.INDEX)
def test_targets_stay_inside_their_unit(low: Decimal, high: Decimal, unit: str) -> None:
    largest = 100 if unit in {"percent", "index"} else 10**9
    assert (not list(target_refusals(unit, low, high))) == (low <= high <= largest)


async def test_what_contradicts_itself_is_refused_field_by_field(town: Town) -> None:
    bad = {
        "measure_unit": "percent",
        "target_low": "120",
        "target_high": "90",
        "bands": [{"upper": "50", "points": 0}],
        "weight": "0",
        "valid_until": "2026-01-01",
        "person_id": str(uuid4()),
        "post_kind": "executor",
    }
    answer = await town.call("POST", "/v1/indicators", {**WAITING, **bad})
    assert answer.status_code == 422
    problems = {error["field"]: error["problem"] for error in answer.json()["errors"]}
    assert set(problems) == {
        "measure_unit",
        "target_low",
        "target_high",
        "bands",
        "weight",
        "valid_until",
        "post_kind",
    }
    assert "visit_duration" in problems["measure_unit"]
    assert "or hours" in problems["measure_unit"]


@pytest.mark.parametrize("field", ["unit_id", "service_id", "person_id"])
async def test_what_it_is_about_must_exist(town: Town, field: str) -> None:
    answer = await town.call("POST", "/v1/indicators", {**WAITING, field: str(uuid4())})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_numbers_are_exact_and_an_equal_document_changes_nothing(town: Town) -> None:
    body = {**WAITING, "target_low": "0.100000", "target_high": 15.50, "weight": "1E+2"}
    made = await town.made("/v1/indicators", body)
    assert (made["target_low"], made["target_high"], made["weight"]) == ("0.1", "15.5", "100")
    zero = await town.made("/v1/indicators", {**WAITING, "target_low": "-0.0"})
    assert zero["target_low"] == "0"
    path = f"/v1/indicators/{made['id']}"
    assert (await town.call("GET", path, role="employee")).json() == made
    again = await town.call("PUT", path, {**body, "target_low": "0.1"})
    assert (again.status_code, again.headers["etag"]) == (200, '"1"')


async def test_the_second_editor_is_told(town: Town) -> None:
    path, seen = f"/v1/indicators/{await indicator(town)}", {"if-match": '"1"'}
    first = await town.call("PUT", path, {**WAITING, "name": "A"}, headers=seen)
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = await town.call("PUT", path, {**WAITING, "name": "B"}, headers=seen)
    assert (second.status_code, (await town.call("GET", path)).json()["name"]) == (412, "A")


async def test_each_change_is_published_whole_and_names_nothing_personal(town: Town) -> None:
    made = await indicator(town, bands=[{"upper": "10", "points": 120}, {"lower": 10, "points": 1}])
    await town.call("PUT", f"/v1/indicators/{made}", {**WAITING, "theme": "inovasi"})
    await town.call("DELETE", f"/v1/indicators/{made}")
    events = [
        IndicatorChanged.model_validate_json(row["body"])
        for row in await town.outbox()
        if row["event_type"] == IndicatorChanged.type
    ]
    assert [(event.version, event.deleted, event.theme) for event in events] == [
        (1, False, "kualitas"),
        (2, False, "inovasi"),
        (3, True, "inovasi"),
    ]
    assert [band.points for band in events[0].bands] == [120, 1]
    history = (await town.call("GET", f"/v1/history/indicator/{made}")).json()["items"]
    assert [change["after"] is None for change in history] == [True, False, False]


async def test_what_applies_to_a_unit_comes_from_above_and_has_its_days(town: Town) -> None:
    top = await town.unit("Bandung")
    andir = await town.unit("Andir", parent_id=str(top))
    other = await town.unit("Arcamanik", parent_id=str(top))
    await indicator(town, name="semua")
    await indicator(town, name="atas", unit_id=str(top), valid_until="2026-07-01")
    await indicator(town, name="andir", unit_id=str(andir), valid_from="2026-07-01")
    assert await names(town, f"units/{andir}", "2026-06-30") == ["atas", "semua"]
    assert await names(town, f"units/{andir}", "2026-07-01") == ["andir", "semua"]
    assert await names(town, f"units/{other}", "2026-07-01") == ["semua"]
    assert await names(town, f"units/{other}", "2025-12-31") == []


async def test_a_person_has_those_of_the_units_held_on_the_day(town: Town) -> None:
    siti, budi = await town.person(), await town.person(name="Budi")
    old, new = await town.unit("lama"), await town.unit("baru")
    await indicator(town, name="lama", unit_id=str(old))
    await indicator(town, name="baru", unit_id=str(new))
    await indicator(town, name="siti", person_id=str(siti))
    await indicator(town, name="budi", person_id=str(budi))
    await town.assignment(siti, old, "2026-01-01")
    await town.call(
        "POST", f"/v1/people/{siti}/transfers", {"unit_id": str(new), "on": "2026-03-01"}
    )
    own: dict[str, Any] = {"role": "employee", "person": siti}
    assert await names(town, f"people/{siti}", "2026-02-28", **own) == ["lama", "siti"]
    assert await names(town, f"people/{siti}", "2026-03-01", **own) == ["baru", "siti"]
    assert await names(town, f"people/{siti}", "2025-12-31", **own) == []
    stranger = await town.call(
        "GET", f"/v1/people/{siti}/indicators?on=2026-03-01", role="employee", person=budi
    )
    assert stranger.status_code == 403


async def test_a_tree_of_another_day_and_a_post_of_another_kind_apply_otherwise(town: Town) -> None:
    top, other = await town.unit("atas"), await town.unit("lain")
    unit = await town.unit("loket", parent_id=str(top))
    await town.call(
        "POST", f"/v1/units/{unit}/moves", {"on": "2099-07-01", "parent_id": str(other)}
    )
    await indicator(town, name="atas", unit_id=str(top))
    await indicator(town, name="lain", unit_id=str(other))
    for kind in ("functional", "executor"):
        await indicator(town, name=kind, unit_id=str(unit), post_kind=kind)
    post = {"unit_id": str(unit), "title": "Arsiparis", "post_kind": "functional"}
    held = {"post_id": (await town.made("/v1/posts", post))["id"]}
    person, boss = await town.person(), await town.person(name="Budi")
    await town.assignment(person, unit, "2026-01-01", **held)
    await town.line(person, boss, "2026-01-01")
    own: dict[str, Any] = {"role": "employee", "person": boss}
    assert await names(town, f"people/{person}", "2099-06-30", **own) == ["atas", "functional"]
    assert await names(town, f"people/{person}", "2099-07-01", **own) == ["functional", "lain"]
    every = await names(town, f"units/{unit}", "2099-07-01", **own)
    assert every == ["executor", "functional", "lain"]


async def test_an_indicator_of_one_person_is_not_for_everybody(town: Town) -> None:
    siti, unit = await town.person(), await town.unit()
    made = await indicator(town, name="siti", person_id=str(siti))
    for person, seen in ((siti, True), (uuid4(), False)):
        caller: dict[str, Any] = {"role": "employee", "person": person}
        answer = await town.call("GET", f"/v1/indicators/{made}", **caller)
        assert answer.status_code == (200 if seen else 403)
        assert (await names(town, f"units/{unit}", "2026-01-01", **caller) == ["siti"]) is seen
    assert (await town.call("GET", "/v1/indicators", role="employee")).status_code == 403


def test_kinds_of_posts_are_told_apart() -> None:
    unit, person = uuid4(), uuid4()

    def aimed(**fields: Any) -> Indicator:
        known = {name: WAITING[name] for name in ("name", "source", "measure_unit", "better")}
        fixed = {"target_low": 1, "target_high": 1, "aspect": "time", "valid_from": None}
        return Indicator(id=uuid4(), **known, **fixed, **fields)

    functional = aimed(unit_id=unit, post_kind="functional")
    executor = aimed(post_kind="executor")
    anybody, elsewhere = aimed(), aimed(unit_id=uuid4())
    every = [functional, executor, anybody, elsewhere]
    assert applying(every, person, [Held(frozenset({unit}), "functional")]) == [functional, anybody]
    two = [Held(frozenset({unit})), Held(frozenset({uuid4()}), "executor")]
    assert applying(every, person, two) == [executor, anybody]
    assert applying(every, person, []) == []


@pytest.mark.parametrize("kind", ["units", "services", "people"])
async def test_what_an_indicator_is_about_is_kept(town: Town, kind: str) -> None:
    about = {
        "units": ("unit_id", await town.unit()),
        "services": ("service_id", UUID((await town.made("/v1/services", {"name": "KTP"}))["id"])),
        "people": ("person_id", await town.person()),
    }
    field, known = about[kind]
    made = await indicator(town, **{field: str(known)})
    refused = await town.call("DELETE", f"/v1/{kind}/{known}")
    assert (refused.status_code, "indicator" in json.dumps(refused.json())) == (409, True)
    await town.call("DELETE", f"/v1/indicators/{made}")
    assert (await town.call("DELETE", f"/v1/{kind}/{known}")).status_code == 204
