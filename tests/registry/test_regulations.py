"""Packs of the regulations: adopted from a day on; what the tenant says beyond them stays."""

from typing import Any

from tests.registry.test_policies import in_force, policy
from tests.registry.town import Town

KINDS = {"rating", "behaviour", "numeric", "complaints", "evaluation", "follow_up"}


async def adopt(town: Town, slug: str, first: str) -> dict[str, str]:
    """What became of each document."""
    answer = await town.call("POST", f"/v1/regulations/{slug}/adopt", {"valid_from": first})
    assert answer.status_code == 200, answer.text
    return {change["name"]: change["outcome"] for change in answer.json()["changes"]}


async def test_every_kind_of_policy_has_a_complete_document_in_a_pack(town: Town) -> None:
    packs = (await town.call("GET", "/v1/regulations", role="employee")).json()
    documents = [document for pack in packs for document in pack["documents"]]
    whole = {document["policy_kind"] for document in documents if None not in document.values()}
    assert whole == KINDS
    assert [pack["slug"] for pack in packs if pack["satisfaction"]] == ["skm-14-2017"]
    numeric = next(pack for pack in packs if pack["slug"] == "pp-30-2019")
    assert {d["scheme"] for d in numeric["documents"] if d["policy_kind"] == "rating"} == {
        "numeric"
    }


async def test_a_pack_is_adopted_from_a_day_on_and_once(town: Town) -> None:
    unit = await town.unit("Andir")
    await policy(town, None, "2026-01-01", "rating", open_to_staff=True)
    await policy(town, unit, "2026-01-01", "numeric", cap=130)
    assert await adopt(town, "pp-30-2019", "2026-07-01") == {
        "rating": "created",
        "numeric": "created",
    }
    assert (await in_force(town, unit, "2026-06-30"))["rating.scheme"][0] == "matrix"
    after = await in_force(town, unit, "2026-07-01")
    assert after["rating.scheme"] == ("numeric", "tenant", "Kota")
    assert after["rating.open_to_staff"] == (True, "tenant", "Kota")
    assert after["numeric.good_from"] == (90, "tenant", "Kota")
    assert after["numeric.cap"] == (130, "unit", "Andir")
    assert set((await adopt(town, "pp-30-2019", "2026-07-01")).values()) == {"unchanged"}
    back = await adopt(town, "permenpanrb-6-2022", "2026-07-01")
    assert back == {
        "rating": "changed",
        "behaviour": "created",
        "evaluation": "created",
        "follow_up": "created",
    }
    after = await in_force(town, unit, "2026-07-01")
    assert after["rating.scheme"] == ("matrix", "tenant", "Kota")
    assert after["rating.open_to_staff"] == (False, "tenant", "Kota")


async def test_the_survey_pack_leaves_what_is_asked(town: Town) -> None:
    unit = await town.unit("Andir")
    own: dict[str, Any] = {
        "valid_from": "2026-01-01",
        "weight_decimals": 2,
        "minimum_sample": 10,
        "switched_off": [{"element": "biaya"}],
    }
    await town.made("/v1/satisfaction-policies", own)
    assert await adopt(town, "skm-14-2017", "2026-04-01") == {"satisfaction": "created"}
    answer = (await town.call("GET", f"/v1/units/{unit}/policies?on=2026-04-01")).json()
    survey = answer["satisfaction"]
    assert (survey["weight_decimals"], survey["minimum_sample"]) == (None, 30)
    assert survey["switched_off"] == [{"element": "biaya", "service_id": None}]
    assert await adopt(town, "skm-14-2017", "2026-04-01") == {"satisfaction": "unchanged"}


async def test_a_pack_that_does_not_fit_a_unit_is_refused(town: Town) -> None:
    unit = await town.unit("Andir")
    await policy(town, None, "2026-01-01", "complaints", first_answer=9)
    await policy(town, unit, "2026-01-01", "complaints", verify=8)
    answer = await town.call(
        "POST", "/v1/regulations/sp4n-lapor/adopt", {"valid_from": "2026-02-01"}
    )
    assert answer.json()["type"] == "urn:tera:problem:policies-contradict"
    assert "(Andir, from 2026-02-01 on). Change that policy first." in answer.json()["detail"]
    assert (await in_force(town, unit, "2026-02-01"))["complaints.first_answer"][0] == 9
    unknown = await town.call(
        "POST", "/v1/regulations/pp-1-1945/adopt", {"valid_from": "2026-02-01"}
    )
    assert unknown.status_code == 404
