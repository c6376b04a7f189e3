"""Satisfaction policies: dated, nearest wins, and the answer says where it comes from."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.satisfaction.rules import (
    Level,
    Policy,
    Switch,
    services_without_element,
    survey,
)
from shared.contracts import ELEMENTS
from tests.registry.town import Town


async def effective(town: Town, unit: UUID, on: str) -> dict[str, Any]:
    answer = await town.call("GET", f"/v1/units/{unit}/policy?on={on}", role="employee")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def policy(town: Town, unit: UUID | None, first: str, sample: int) -> UUID:
    body = {"unit_id": str(unit) if unit else None, "valid_from": first, "minimum_sample": sample}
    return UUID((await town.made("/v1/satisfaction-policies", body))["id"])


async def test_the_nearest_wins_and_each_level_is_shown(town: Town) -> None:
    top = await town.unit("Bandung")
    andir = await town.unit("Andir", parent_id=str(top))
    counter = await town.unit("Loket", parent_id=str(andir))

    found = await effective(town, counter, "2026-01-01")
    assert (found["minimum_sample"], found["shrinkage"], found["weight_decimals"]) == (30, 30, None)
    assert [source["level"] for source in found["sources"] if source["wins"]] == ["default"]

    await policy(town, None, "2026-01-01", 10)
    near = await policy(town, andir, "2026-04-01", 5)
    assert (await effective(town, counter, "2025-12-31"))["minimum_sample"] == 30
    assert (await effective(town, counter, "2026-03-31"))["minimum_sample"] == 10
    found = await effective(town, counter, "2026-04-01")
    assert found["minimum_sample"] == 5
    assert [
        (source["level"], source["name"], source["policy_id"] is not None, source["wins"])
        for source in found["sources"]
    ] == [
        ("unit", "Loket", False, False),
        ("unit", "Andir", True, True),
        ("unit", "Bandung", False, False),
        ("tenant", "Kota", True, False),
        ("default", "PermenPANRB 14/2017", False, False),
    ]
    assert (await effective(town, top, "2026-04-01"))["minimum_sample"] == 10

    assert (await town.call("DELETE", f"/v1/satisfaction-policies/{near}")).status_code == 204
    assert (await effective(town, counter, "2026-04-01"))["minimum_sample"] == 10


async def test_a_policy_is_replaced_whole(town: Town) -> None:
    service = (await town.made("/v1/services", {"name": "KTP-el", "standard_minutes": 30}))["id"]
    made = await policy(town, None, "2026-01-01", 10)
    body = {
        "valid_from": "2026-01-01",
        "weight_decimals": 2,
        "switched_off": [{"element": "biaya", "service_id": service}, {"element": "sarana"}],
    }
    answer = await town.call("PUT", f"/v1/satisfaction-policies/{made}", body)
    assert answer.status_code == 200
    assert (answer.json()["minimum_sample"], answer.json()["version"]) == (30, 2)
    shown = (await town.call("GET", f"/v1/satisfaction-policies/{made}")).json()
    assert shown == answer.json()
    assert shown["switched_off"][0] == {"element": "biaya", "service_id": service}
    again = await town.call("PUT", f"/v1/satisfaction-policies/{made}", body)
    assert again.json()["version"] == 2

    refused = await town.call("DELETE", f"/v1/services/{service}")
    assert refused.json()["type"] == "urn:tera:problem:service-in-policy"
    await town.call("DELETE", f"/v1/satisfaction-policies/{made}")
    assert (await town.call("DELETE", f"/v1/services/{service}")).status_code == 204


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"weight_decimals": 4}, "weight_decimals"),
        ({"minimum_sample": 0}, "minimum_sample"),
        ({"shrinkage": -1}, "shrinkage"),
        ({"switched_off": [{"element": "harga"}]}, "switched_off[0].element"),
        ({"switched_off": [{"element": "biaya", "service_id": str(uuid4())}]}, "switched_off"),
        ({"switched_off": [{"element": element} for element in ELEMENTS]}, "switched_off"),
        ({"unit_id": str(uuid4())}, "unit_id"),
        ({"valid_from": "soon"}, "valid_from"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, Any], field: str) -> None:
    body = {"valid_from": "2026-01-01", **fields}
    answer = await town.call("POST", "/v1/satisfaction-policies", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_two_policies_of_one_place_do_not_begin_on_one_day(town: Town) -> None:
    unit = await town.unit()
    for place in (None, unit):
        await policy(town, place, "2026-01-01", 10)
        body = {"unit_id": str(place) if place else None, "valid_from": "2026-01-01"}
        answer = await town.call("POST", "/v1/satisfaction-policies", body)
        assert answer.json()["type"] == "urn:tera:problem:policy-date-taken"


LEVELS = [Level(UUID(int=1), "near"), Level(UUID(int=2), "far"), Level(None, "tenant")]
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@given(st.lists(st.tuples(st.integers(0, 2), days)), days)
def test_the_winner_is_the_latest_of_the_nearest(given: list[tuple[int, date]], on: date) -> None:
    policies = [
        Policy(UUID(int=number), first, LEVELS[level].unit_id)
        for number, (level, first) in enumerate(given)
    ]
    found = survey(policies, LEVELS, on)
    begun = sorted((level, first) for level, first in given if first <= on)
    winner = next((each.policy for each in found if each.policy), None)
    if not begun:
        assert winner is None
    else:
        level = begun[0][0]
        assert winner is not None
        assert winner.unit_id == LEVELS[level].unit_id
        assert winner.valid_from == max(first for at, first in begun if at == level)


def test_a_service_keeps_an_element_to_ask() -> None:
    service = UUID(int=1)
    for_all = [Switch(element) for element in ELEMENTS[:5]]
    assert services_without_element(for_all) == set()
    rest = [Switch(element, service) for element in ELEMENTS[5:]]
    assert services_without_element([*for_all, *rest]) == {service}
    assert services_without_element([*for_all, *rest[1:]]) == set()
