"""Policies: dated documents of units and the tenant, merged field by field."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts import BehaviourPolicy, PolicyChanged
from tests.registry.town import Town


async def policy(town: Town, unit: UUID | None, first: str, kind: str, **fields: Any) -> UUID:
    made = await town.made("/v1/policies", body(unit, first, kind, **fields))
    return UUID(made["id"])


def body(unit: UUID | None, first: str, kind: str, **fields: Any) -> dict[str, Any]:
    document = {"policy_kind": kind, **fields}
    return {"unit_id": str(unit) if unit else None, "valid_from": first, "document": document}


async def in_force(town: Town, unit: UUID, on: str | None = None) -> dict[str, Any]:
    """`kind.field` -> (value, level, name of the level)."""
    query = f"?on={on}" if on else ""
    answer = await town.call("GET", f"/v1/units/{unit}/policies{query}", role="employee")
    assert answer.status_code == 200, answer.text
    return {
        f"{kind['kind']}.{field['field']}": (
            field["value"],
            field["source"]["level"],
            field["source"]["name"],
        )
        for kind in answer.json()["kinds"]
        for field in kind["fields"]
    }


async def test_field_by_field_the_nearest_that_says_something_wins(town: Town) -> None:
    top = await town.unit("Bandung")
    andir = await town.unit("Andir", parent_id=str(top))
    desk = await town.unit("Loket", parent_id=str(andir))
    before = await in_force(town, desk, "2026-01-01")
    assert before["complaints.verify"] == (3, "regulation", "SP4N-LAPOR!")
    assert before["rating.scheme"] == ("matrix", "regulation", "PermenPANRB 6/2022")
    assert before["numeric.cap"] == (120, "regulation", "PP 30/2019")
    assert before["behaviour.below_until"][0] == "1.50"

    await policy(town, None, "2026-01-01", "complaints", verify=2, first_answer=4)
    await policy(town, andir, "2026-04-01", "complaints", verify=1, reply_days=7)
    await policy(town, top, "2026-01-01", "evaluation", themes=["disiplin"])
    assert (await in_force(town, desk, "2025-12-31")) == before
    spring = await in_force(town, desk, "2026-03-31")
    assert spring["complaints.verify"] == (2, "tenant", "Kota")
    summer = await in_force(town, desk, "2026-04-01")
    assert summer["complaints.verify"] == (1, "unit", "Andir")
    assert summer["complaints.first_answer"] == (4, "tenant", "Kota")
    assert summer["complaints.reply_days"] == (7, "unit", "Andir")
    assert summer["complaints.completion_information"] == (5, "regulation", "SP4N-LAPOR!")
    assert summer["evaluation.themes"] == (["disiplin"], "unit", "Bandung")
    assert (await in_force(town, top, "2026-04-01"))["complaints.verify"][1] == "tenant"


async def test_each_value_names_the_document_it_comes_from(town: Town) -> None:
    unit = await town.unit("Andir")
    made = await policy(town, unit, "2026-04-01", "evaluation", length="monthly")
    survey = {"unit_id": str(unit), "valid_from": "2026-02-01", "minimum_sample": 5}
    asked = (await town.made("/v1/satisfaction-policies", survey))["id"]
    answer = (await town.call("GET", f"/v1/units/{unit}/policies?on=2026-05-01")).json()
    evaluation = next(kind for kind in answer["kinds"] if kind["kind"] == "evaluation")
    length = next(field for field in evaluation["fields"] if field["field"] == "length")
    source = {"level": "unit", "unit_id": str(unit), "name": "Andir"}
    assert length["value"] == "monthly"
    assert length["source"] == source | {"policy_id": str(made), "valid_from": "2026-04-01"}
    assert answer["satisfaction"]["minimum_sample"] == 5
    assert answer["satisfaction"]["source"] == source | {
        "policy_id": asked,
        "valid_from": "2026-02-01",
    }
    before = (await town.call("GET", f"/v1/units/{unit}/policies?on=2026-01-31")).json()
    assert before["satisfaction"]["source"]["name"] == "PermenPANRB 14/2017"
    assert (await town.call("GET", f"/v1/units/{uuid4()}/policies")).status_code == 404
    assert "rating.scheme" in await in_force(town, unit)


async def test_a_later_document_replaces_the_earlier_one_of_its_place(town: Town) -> None:
    unit = await town.unit("Andir")
    await policy(town, unit, "2026-01-01", "complaints", verify=1, reply_days=7)
    await policy(town, unit, "2026-07-01", "complaints", verify=2)
    assert (await in_force(town, unit, "2026-06-30"))["complaints.reply_days"][0] == 7
    later = await in_force(town, unit, "2026-07-01")
    assert later["complaints.verify"][0] == 2
    assert later["complaints.reply_days"] == (10, "regulation", "SP4N-LAPOR!")


async def test_the_levels_are_those_of_the_day(town: Town) -> None:
    andir, arcamanik = await town.unit("Andir"), await town.unit("Arcamanik")
    desk = await town.unit("Loket", parent_id=str(andir))
    await policy(town, andir, "2026-01-01", "complaints", verify=1)
    await policy(town, arcamanik, "2026-01-01", "complaints", first_answer=4)
    move = {"on": "2026-07-01", "parent_id": str(arcamanik)}
    answer = await town.call("POST", f"/v1/units/{desk}/moves?backdated=true", move)
    assert answer.status_code == 200, answer.text
    before, after = [await in_force(town, desk, on) for on in ("2026-06-30", "2026-07-01")]
    assert before["complaints.verify"] == (1, "unit", "Andir")
    assert before["complaints.first_answer"] == (5, "regulation", "SP4N-LAPOR!")
    assert after["complaints.verify"] == (3, "regulation", "SP4N-LAPOR!")
    assert after["complaints.first_answer"] == (4, "unit", "Arcamanik")
    # Until it moves it would have been Andir's; now it is not, and nothing contradicts.
    await policy(town, desk, "2026-07-01", "complaints", verify=4)
    early = await town.call(
        "POST", "/v1/policies", body(desk, "2026-06-01", "complaints", verify=6)
    )
    assert "from 2026-06-01 on" in early.json()["errors"][0]["problem"]


async def test_what_is_announced_says_what_was_said(town: Town) -> None:
    unit = await town.unit("Andir")
    made = await policy(town, unit, "2026-01-01", "behaviour", above_from="2.60", most_peers=4)
    await town.call("DELETE", f"/v1/policies/{made}")
    first, last = [
        PolicyChanged.read(row["body"])
        for row in await town.outbox()
        if row["event_type"] == PolicyChanged.type
    ]
    assert first.document == BehaviourPolicy(above_from=Decimal("2.60"), most_peers=4)
    assert (first.unit_id, first.valid_from, first.version) == (unit, date(2026, 1, 1), 1)
    assert (last.id, last.version, last.deleted) == (made, 2, True)


async def test_a_policy_is_replaced_listed_and_deleted(town: Town) -> None:
    unit = await town.unit("Andir")
    made = await policy(town, unit, "2026-01-01", "complaints", verify=1)
    other = await policy(town, None, "2026-01-01", "rating", open_to_staff=True)
    changed = body(unit, "2026-01-01", "complaints", verify=2)
    answer = await town.call("PUT", f"/v1/policies/{made}", changed, headers={"if-match": '"1"'})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert (await town.call("PUT", f"/v1/policies/{made}", changed)).json()["version"] == 2
    late = await town.call("PUT", f"/v1/policies/{made}", changed, headers={"if-match": '"1"'})
    assert late.status_code == 412
    shown = await town.call("GET", f"/v1/policies/{made}", role="employee")
    assert (shown.json(), shown.headers["etag"]) == (answer.json(), '"2"')
    kind = body(unit, "2026-01-01", "rating", trial=True)
    refused = await town.call("PUT", f"/v1/policies/{made}", kind)
    assert refused.json()["errors"][0]["field"] == "document.policy_kind"

    listed = (await town.call("GET", "/v1/policies?kind=rating")).json()["items"]
    assert [each["id"] for each in listed] == [str(other)]
    listed = (await town.call("GET", f"/v1/policies?unit_id={unit}")).json()["items"]
    assert [each["id"] for each in listed] == [str(made)]
    blocked = await town.call("DELETE", f"/v1/units/{unit}")
    assert blocked.json()["type"] == "urn:tera:problem:unit-has-policy"
    assert (await town.call("DELETE", f"/v1/policies/{made}")).status_code == 204
    assert (await town.call("GET", f"/v1/policies/{made}")).status_code == 404
    events = [row for row in await town.outbox() if row["event_type"] == "registry.policy.v1"]
    assert len(events) == 4
    history = (await town.call("GET", f"/v1/history/policy/{made}")).json()["items"]
    assert [bool(change["after"]) for change in history] == [False, True, True]


PEER = {"group": "peer", "percent": 50}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"policy_kind": "rating"}, "document"),
        ({"policy_kind": "salary", "verify": 1}, "document"),
        ({"policy_kind": "complaints", "verify": 0}, "document.complaints.verify"),
        ({"policy_kind": "complaints", "speed": 1}, "document.complaints.speed"),
        ({"policy_kind": "behaviour", "staff": [PEER]}, "document.staff"),
        ({"policy_kind": "behaviour", "officials": [PEER, PEER]}, "document.officials"),
        ({"policy_kind": "behaviour", "below_until": "0.5"}, "document.below_until"),
        ({"policy_kind": "behaviour", "above_from": "1e400"}, "document.above_from"),
        ({"policy_kind": "behaviour", "above_from": "2.12345678"}, "document.above_from"),
        ({"policy_kind": "evaluation", "themes": ["Mutu", "mutu"]}, "document.themes"),
        ({"policy_kind": "evaluation", "themes": ["mu\x00tu"]}, "document.themes[0]"),
        # Each of these is good alone and does not fit what the regulation says beside it.
        ({"policy_kind": "behaviour", "below_until": "2.5"}, "document.below_until"),
        ({"policy_kind": "behaviour", "most_peers": 2}, "document.fewest_peers"),
        ({"policy_kind": "rating", "above_share": "0.3"}, "document.above_share"),
        ({"policy_kind": "numeric", "poor_from": 70}, "document.poor_from"),
        ({"policy_kind": "numeric", "cap": 105}, "document.very_good_from"),
        ({"policy_kind": "numeric", "mark_factor": 41}, "document.mark_factor"),
        ({"policy_kind": "complaints", "first_answer": 2}, "document.verify"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, document: dict[str, Any], field: str) -> None:
    answer = await town.call(
        "POST", "/v1/policies", {"valid_from": "2026-01-01", "document": document}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert await town.outbox() == (await town.outbox())[:1]


async def test_a_policy_may_not_contradict_one_below_it(town: Town) -> None:
    unit = await town.unit("Andir")
    await policy(town, unit, "2026-04-01", "behaviour", above_from="2.20")
    higher = body(None, "2026-01-01", "behaviour", below_until="2.30")
    answer = await town.call("POST", "/v1/policies", higher)
    assert answer.status_code == 422
    problem = answer.json()["errors"][0]
    assert problem["field"] == "document.below_until"
    assert "2.30" in problem["problem"]
    assert "(Andir, from 2026-04-01 on)" in problem["problem"]
    # Beside it, or before its time, there is nothing to contradict.
    await policy(town, await town.unit("Bajenis"), "2026-01-01", "behaviour", below_until="2.30")


async def test_a_policy_stays_while_another_needs_it(town: Town) -> None:
    unit = await town.unit("Andir")
    needed = await policy(town, None, "2026-01-01", "behaviour", above_from="2.90")
    await policy(town, unit, "2026-01-01", "behaviour", below_until="2.80")
    answer = await town.call("DELETE", f"/v1/policies/{needed}")
    assert answer.json()["type"] == "urn:tera:problem:policies-contradict"
    lower = body(None, "2026-01-01", "behaviour", above_from="2.70")
    answer = await town.call("PUT", f"/v1/policies/{needed}", lower)
    assert answer.json()["errors"][0]["field"] == "document.below_until"
    assert (await in_force(town, unit, "2026-01-01"))["behaviour.above_from"][0] == "2.90"


async def test_two_that_contradict_each_other_do_not_slip_in_at_once(town: Town) -> None:
    unit = await town.unit("Andir")
    answers = await asyncio.gather(
        town.call("POST", "/v1/policies", body(None, "2026-01-01", "complaints", first_answer=4)),
        town.call("POST", "/v1/policies", body(unit, "2026-01-01", "complaints", verify=5)),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422]


async def test_a_closed_period_keeps_the_rules_it_ran_under(town: Town) -> None:
    unit = await town.unit("Andir", code="32.73.05")
    made = await policy(town, unit, "2026-01-01", "complaints", verify=1)
    period = await town.period("quarterly", "2026-04-01", "2026-07-01")

    async def advance(*states: str, **reason: str) -> None:
        for state in states:
            step = {"to": state, **reason}
            answer = await town.call("POST", f"/v1/periods/{period}/advance", step)
            assert answer.status_code == 200, answer.text

    await advance("running", "evaluating", "closed")
    early = body(None, "2026-02-01", "complaints", first_answer=4)
    part = {"unit": "32.73.05", "valid_from": "2026-03-01", "document": early["document"]}
    changes = [
        ("POST", "/v1/policies", early),
        ("PUT", f"/v1/policies/{made}", body(unit, "2026-01-01", "complaints", verify=2)),
        ("PUT", f"/v1/policies/{made}", body(unit, "2026-07-01", "complaints", verify=1)),
        ("DELETE", f"/v1/policies/{made}", None),
        ("POST", "/v1/regulations/sp4n-lapor/adopt", {"valid_from": "2026-04-01"}),
        ("POST", "/v1/configurations", {"name": "Andir", "policies": [part]}),
    ]
    before = await in_force(town, unit, "2026-04-01")
    for method, path, changed in changes:
        answer = await town.call(method, path, changed)
        assert answer.status_code == 409, (method, path)
        assert answer.json()["type"] == "urn:tera:problem:period-closed"
        assert "quarterly period from 2026-04-01" in answer.json()["detail"]
    assert await in_force(town, unit, "2026-04-01") == before

    # The quarter after it may have other rules.
    await policy(town, unit, "2026-07-01", "complaints", verify=2)
    await advance("evaluating", reason="Perhitungan ulang")
    for method, path, changed in changes[:2]:
        assert (await town.call(method, path, changed)).is_success


async def test_two_of_a_kind_do_not_begin_at_one_place_on_one_day(town: Town) -> None:
    unit = await town.unit()
    for place in (None, unit):
        await policy(town, place, "2026-01-01", "rating", trial=True)
        await policy(town, place, "2026-01-01", "evaluation", length="monthly")
        answer = await town.call(
            "POST", "/v1/policies", body(place, "2026-01-01", "rating", trial=1)
        )
        assert answer.json()["type"] == "urn:tera:problem:policy-date-taken"
    answer = await town.call("POST", "/v1/policies", body(uuid4(), "2026-01-01", "rating", trial=1))
    assert answer.json()["errors"][0]["field"] == "unit_id"
