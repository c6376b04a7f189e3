"""The catalogue of competences, and what a need for each is seen by."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.test_isolation import INDICATOR
from tests.registry.town import Town

SERVING = {"code": "T1", "name": "Pelayanan prima", "kind": "technical"}


async def competence(town: Town, **fields: Any) -> UUID:
    return UUID((await town.made("/v1/competences", SERVING | fields))["id"])


async def shown_by(town: Town, query: str) -> list[str]:
    answer = await town.call("GET", f"/v1/competences?{query}", role="employee")
    assert answer.status_code == 200, answer.text
    return sorted(each["code"] for each in answer.json()["items"])


async def test_a_weak_indicator_value_or_element_names_its_competence(town: Town) -> None:
    indicator = (await town.made("/v1/indicators", INDICATOR))["id"]
    one, other = await competence(town), await competence(town, code="M1", kind="managerial")
    sources: dict[str, list[str]] = {
        "indicator_ids": [indicator],
        "values": ["loyal", "adaptif"],
        "elements": ["waktu"],
    }
    put = await town.call("PUT", f"/v1/competences/{one}/sources", sources)
    assert put.status_code == 200, put.text
    assert (put.json()["values"], put.json()["version"]) == (["adaptif", "loyal"], 2)
    await town.call("PUT", f"/v1/competences/{other}/sources", {"values": ["loyal"]})
    assert await shown_by(town, f"indicator_id={indicator}") == ["T1"]
    assert await shown_by(town, "value=loyal") == ["M1", "T1"]
    assert await shown_by(town, "element=waktu") == ["T1"]
    assert await shown_by(town, "element=biaya") == []
    assert await shown_by(town, "") == ["M1", "T1"]

    # What is left out no longer shows it.
    await town.call("PUT", f"/v1/competences/{one}/sources", {"indicator_ids": [indicator]})
    assert await shown_by(town, "value=loyal") == ["M1"]
    assert await shown_by(town, f"indicator_id={indicator}") == ["T1"]

    assert (await town.call("DELETE", f"/v1/indicators/{indicator}")).status_code == 204
    shown = (await town.call("GET", f"/v1/competences/{one}")).json()
    assert shown["indicator_ids"] == []


async def test_it_is_changed_and_deleted_by_those_who_saw_it(town: Town) -> None:
    one = await competence(town)
    await competence(town, code="T2")
    path = f"/v1/competences/{one}"
    changed = await town.call("PATCH", path, {"description": "Ramah,\ncepat"})
    assert (changed.json()["name"], changed.json()["version"]) == ("Pelayanan prima", 2)
    assert changed.json()["description"] == "Ramah,\ncepat"
    late = await town.call("PATCH", path, {"name": "Lain"}, headers={"if-match": '"1"'})
    assert late.json()["type"] == "urn:tera:problem:changed-meanwhile"
    taken = await town.call("PATCH", path, {"code": "T2"})
    assert taken.json()["type"] == "urn:tera:problem:competence-code-taken"
    told = (await town.call("GET", f"/v1/history/competence/{one}")).json()["items"]
    assert [change["after"]["version"] for change in told] == [2, 1]
    assert (await town.call("DELETE", path)).status_code == 204
    assert (await town.call("GET", path)).status_code == 404


async def test_a_competence_of_a_programme_is_kept(town: Town) -> None:
    one = await competence(town)
    programme = {
        "name": "Pelayanan prima",
        "provider": "BPSDM",
        "starts_on": "2026-06-01",
        "ends_on": "2026-06-04",
        "competence_ids": [str(one)],
    }
    await town.made("/v1/programmes", programme)
    answer = await town.call("DELETE", f"/v1/competences/{one}")
    assert answer.json()["type"] == "urn:tera:problem:competence-in-programme"


@pytest.mark.parametrize(
    ("sources", "field"),
    [
        ({"indicator_ids": [str(uuid4())]}, "indicator_ids"),
        ({"values": ["ramah"]}, "values[0]"),
        ({"elements": ["harga"]}, "elements[0]"),
    ],
)
async def test_unknown_sources_are_refused(town: Town, sources: dict[str, Any], field: str) -> None:
    one = await competence(town)
    answer = await town.call("PUT", f"/v1/competences/{one}/sources", sources)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
