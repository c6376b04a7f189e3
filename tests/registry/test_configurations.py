"""Configurations: stored as a whole or not at all, every mistake named, safe to send again."""

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.configurations import examples, plain, read_configuration
from cli.errors import UserError
from devstack.stack import Stack
from services.registry.configurations.rules import given_twice
from tests.registry.test_commands import tera
from tests.registry.test_policies import in_force
from tests.registry.town import Town

CLOCKS = {
    "unit": "32.73.05",
    "valid_from": "2026-01-01",
    "document": {"policy_kind": "complaints", "verify": 1},
}
WAITING = {
    "unit": "32.73.05",
    "name": "Waktu tunggu",
    "source": "visit_duration",
    "measure_unit": "minutes",
    "better": "lower",
    "target_low": 10,
    "target_high": "15.50",
    "aspect": "time",
    "valid_from": "2026-01-01",
}
PROGRAMME = {
    "name": "Pelatihan",
    "provider": "BKPSDM",
    "starts_on": "2026-02-01",
    "ends_on": "2026-02-03",
}


async def send(town: Town, **parts: Any) -> Any:
    return await town.call("POST", "/v1/configurations", {"name": "Andir", **parts})


async def outcomes(town: Town, **parts: Any) -> dict[str, str]:
    answer = await send(town, **parts)
    assert answer.status_code == 200, answer.text
    return {change["name"]: change["outcome"] for change in answer.json()["changes"]}


async def test_what_differs_is_changed_and_nothing_else(town: Town) -> None:
    unit = await town.unit("Andir", code="32.73.05")
    goal = {"name": "Tanpa antre", "starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    survey = {"valid_from": "2026-01-01", "minimum_sample": 20}
    whole = {
        "policies": [CLOCKS],
        "satisfaction": [survey],
        "goals": [goal],
        "indicators": [WAITING],
    }
    first = await outcomes(town, **whole)
    assert first == {
        "complaints (32.73.05)": "created",
        "satisfaction": "created",
        "Tanpa antre": "created",
        "Waktu tunggu (32.73.05)": "created",
    }
    sooner = CLOCKS | {"document": {"policy_kind": "complaints", "verify": 2}}
    differing = {
        "policies": [sooner],
        "satisfaction": [survey | {"shrinkage": 9}],
        "goals": [goal | {"ends_on": "2028-01-01"}],
        "indicators": [WAITING | {"target_high": 20}],
    }
    assert await outcomes(town, **differing) == dict.fromkeys(first, "changed")
    assert await outcomes(town, **differing) == dict.fromkeys(first, "unchanged")
    assert (await in_force(town, unit, "2026-01-01"))["complaints.verify"][0] == 2
    # From another day on, and what is not named, stays.
    later = CLOCKS | {"valid_from": "2026-07-01"}
    assert await outcomes(town, policies=[later]) == {"complaints (32.73.05)": "created"}
    assert (await in_force(town, unit, "2026-01-01"))["complaints.verify"][0] == 2
    assert await outcomes(town, policies=[later], goals=[]) == {
        "complaints (32.73.05)": "unchanged"
    }


async def test_what_plans_take_their_figures_from_stays_measured_alike(town: Town) -> None:
    await town.unit("Andir", code="32.73.05")
    await outcomes(town, indicators=[WAITING])
    (indicator,) = (await town.call("GET", "/v1/indicators")).json()["items"]
    number = "198001012006041001"
    person, leader = await town.person(kind="civil_servant", number=number), await town.person()
    line = {"assessor_id": str(leader), "valid_from": "2025-01-01"}
    await town.made(f"/v1/people/{person}/reporting-lines", line)
    await town.call("POST", "/v1/periods/generate", {"year": 2026, "kind": "yearly"})
    (period,) = (await town.call("GET", "/v1/periods")).json()["items"]
    plan = await town.made("/v1/plans", {"person_id": str(person), "period_id": period["id"]})
    target = {
        "aspect": "time",
        "title": "Waktu tunggu",
        "measure_unit": "minutes",
        "better": "lower",
        "target_low": 5,
        "target_high": 10,
        "indicator_id": indicator["id"],
    }
    words = {"results": [{"main": True, "title": "Cepat", "indicators": [target]}]}
    assert (await town.call("PUT", f"/v1/plans/{plan['id']}/draft", words)).status_code == 200
    for other in ({"measure_unit": "hours"}, {"better": "higher"}):
        answer = await send(town, indicators=[WAITING | other])
        assert answer.json()["type"] == "urn:tera:problem:indicator-in-plans"
    changed = await outcomes(town, indicators=[WAITING | {"target_high": 20}])
    assert changed == {"Waktu tunggu (32.73.05)": "changed"}


async def test_days_that_were_added_to_a_calendar_stay(town: Town) -> None:
    unit = await town.unit("Andir", code="32.73.05")
    hours = [{"starts": "08:00", "ends": "16:00"}]
    calendar = {
        "unit": "32.73.05",
        "valid_from": "2026-01-01",
        "week": [hours] * 5 + [[], []],
        "days": [{"day": "2026-12-25", "name": "Hari Natal"}],
    }
    assert set((await outcomes(town, calendars=[calendar])).values()) == {"created"}
    (made,) = (await town.call("GET", "/v1/calendars")).json()["items"]
    await town.call("PUT", f"/v1/calendars/{made['id']}/days/2026-12-24", {"name": "Cuti bersama"})
    assert set((await outcomes(town, calendars=[calendar])).values()) == {"unchanged"}
    longer = calendar | {"week": [hours] * 6 + [[]]}
    assert set((await outcomes(town, calendars=[longer])).values()) == {"changed"}
    (after,) = (await town.call("GET", "/v1/calendars")).json()["items"]
    assert [day["day"] for day in after["days"]] == ["2026-12-24", "2026-12-25"]
    assert after["unit_id"] == str(unit)
    refused = await send(town, calendars=[calendar | {"week": [hours]}])
    assert refused.json()["errors"][0]["field"] == "calendars[0].week"


async def test_what_shows_a_lack_of_a_competence_is_added(town: Town) -> None:
    await town.unit("Andir", code="32.73.05")
    competence = {"code": "P", "name": "Pelayanan prima", "kind": "technical"}
    first = {"competences": [competence | {"values": ["loyal"], "indicators": ["Waktu tunggu"]}]}
    first |= {"indicators": [WAITING], "programmes": [PROGRAMME | {"competences": ["P"]}]}
    assert set((await outcomes(town, **first)).values()) == {"created"}
    second = {"competences": [competence | {"values": ["adaptif"], "elements": ["waktu"]}]}
    assert await outcomes(town, **second) == {"P": "changed"}
    for again in (first, second):
        assert set((await outcomes(town, **again)).values()) == {"unchanged"}
    (shown,) = (await town.call("GET", "/v1/competences")).json()["items"]
    assert (shown["values"], shown["elements"]) == (["adaptif", "loyal"], ["waktu"])
    (indicator,) = (await town.call("GET", "/v1/indicators")).json()["items"]
    assert shown["indicator_ids"] == [indicator["id"]]
    more = {"programmes": [PROGRAMME | {"competences": ["P"], "places": 30}]}
    assert await outcomes(town, **more) == {"Pelatihan": "changed"}


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"policies": [CLOCKS | {"unit": "?"}]}, "policies[0].unit"),
        ({"policies": [CLOCKS, CLOCKS]}, "policies[1]"),
        ({"indicators": [WAITING | {"service": "?"}]}, "indicators[0].service"),
        ({"indicators": [WAITING | {"measure_unit": "rupiah"}]}, "indicators[0].measure_unit"),
        (
            {"satisfaction": [{"valid_from": "2026-01-01", "unit": "?"}]},
            "satisfaction[0].unit",
        ),
        ({"goals": [{"name": "x", "starts_on": "2026-01-02", "ends_on": "2026-01-01"}]}, "goals"),
        (
            {
                "policies": [
                    CLOCKS
                    | {"document": {"policy_kind": "behaviour", "staff": [], "below_until": "9"}}
                ]
            },
            "policies[0].document.staff",
        ),
        (
            {"policies": [CLOCKS | {"document": {"policy_kind": "complaints", "verify": 9}}]},
            "policies.complaints.verify",
        ),
        (
            {"competences": [{"code": "P", "name": "P", "kind": "technical", "indicators": ["?"]}]},
            "competences[0].indicators[0]",
        ),
        ({"programmes": [PROGRAMME | {"competences": ["?"]}]}, "programmes[0].competences[0]"),
        ({"programmes": [PROGRAMME | {"ends_on": "2026-01-01"}]}, "programmes[0].ends_on"),
        ({"colours": []}, "colours"),
        ({"periods": [{"year": 2026, "kind": "weekly"}]}, "periods[0].kind"),
    ],
)
async def test_one_mistake_and_nothing_is_stored(
    town: Town, parts: dict[str, Any], field: str
) -> None:
    await town.unit("Andir", code="32.73.05")
    before = await town.outbox()
    good: dict[str, Any] = {"periods": [{"year": 2026, "kind": "yearly"}], "indicators": [WAITING]}
    answer = await send(town, **(good | parts))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert await town.outbox() == before


async def test_the_same_at_once_is_stored_once(town: Town) -> None:
    await town.unit("Andir", code="32.73.05")
    parts: dict[str, Any] = {"policies": [CLOCKS], "indicators": [WAITING]}
    answers = await asyncio.gather(*(send(town, **parts) for _ in range(4)))
    told = sorted(change["outcome"] for answer in answers for change in answer.json()["changes"])
    assert told == ["created"] * 2 + ["unchanged"] * 6


async def test_tera_configure(stack: Stack, town: Town, tmp_path: Path) -> None:
    await town.unit("Andir", code="32.73.05")
    to = ["--tenant", str(town.id)]
    tried = await tera(stack, town, "configure", "andir", *to, "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "(dry run: nothing was stored)" in tried.stdout
    first = await tera(stack, town, "configure", "andir", *to)
    assert first.returncode == 0, first.stderr
    assert "Waktu tunggu di loket (32.73.05)" in first.stdout
    assert "0 changed, 0 unchanged" in first.stdout
    own = tmp_path / "own.toml"
    own.write_text('name = "Andir"\n[[policies]]\nunit = "?"\nvalid_from = 2026-01-01\n')
    refused = await tera(stack, town, "configure", own, *to)
    assert refused.returncode == 1
    assert "policies[0].document" in refused.stdout
    assert refused.stderr.splitlines()[-1].startswith("tera: Nothing was stored.")


def test_what_is_no_configuration_is_said(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("name =")
    with pytest.raises(UserError, match="is not TOML"):
        read_configuration(str(own))
    with pytest.raises(UserError, match="andir, arcamanik, kotabumi, salatiga, tebingtinggi"):
        read_configuration("elsewhere")


def test_every_place_of_the_mission_has_an_example() -> None:
    assert examples() == ["andir", "arcamanik", "kotabumi", "salatiga", "tebingtinggi"]
    for name in examples():
        index = [
            indicator["target_high"]
            for indicator in read_configuration(name)["indicators"]
            if indicator["measure_unit"] == "index"
        ]
        assert index == ["88.30"], "a number keeps the digits it was written with"


async def test_the_example_of_the_documentation_loads(town: Town) -> None:
    unit = await town.unit("Andir", code="32.73.05")
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    document = page.partition("```toml\n")[2].partition("```")[0]
    told = await town.call("POST", "/v1/configurations", plain(tomllib.loads(document)))
    assert told.status_code == 200, told.text
    rules = await in_force(town, unit, "2026-01-01")
    assert rules["complaints.first_answer"] == (3, "unit", "Andir")
    assert rules["behaviour.staff"][1] == "tenant"


@given(st.lists(st.integers(0, 5)))
def test_repetitions_are_found(keys: list[int]) -> None:
    places = given_twice(keys)
    assert len(keys) - len(places) == len(set(keys))
    assert all(keys[place] in keys[:place] for place in places)
