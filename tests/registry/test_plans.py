"""Plans: from draft to agreed by both, amended by date, and whom they serve."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.contracts import PlanChanged
from tests.registry.town import Town

TARGET: dict[str, Any] = {
    "aspect": "time",
    "title": "Rata-rata waktu penyelesaian",
    "measure_unit": "working_days",
    "better": "lower",
    "target_low": "5",
    "target_high": "10",
}
RESULT: dict[str, Any] = {"main": True, "title": "KTP selesai tepat waktu", "indicators": [TARGET]}
DOCUMENT: dict[str, Any] = {"results": [RESULT]}


@dataclass(frozen=True)
class Office:
    """Siti is assessed by Budi, Budi by the mayor; `plan` is Siti's, still empty."""

    town: Town
    siti: UUID
    budi: UUID
    mayor: UUID
    period: UUID
    plan: UUID

    async def by(
        self, person: UUID, method: str, path: str, body: Any = None, *, seen: str | None = None
    ) -> Any:
        headers = {"if-match": seen} if seen else None
        return await self.town.call(
            method, path, body, role="employee", person=person, headers=headers
        )

    async def done(self, person: UUID, what: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """A step of the dialogue on Siti's plan that must succeed; `agree` to what stands there."""
        path = f"/v1/plans/{self.plan}"
        if what == "agree":
            more = {"seen": (await self.by(person, "GET", path)).headers["etag"], **more}
        method = "PUT" if what == "draft" else "POST"
        answer = await self.by(person, method, f"{path}/{what}", body, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refused(self, person: UUID, what: str, body: Any = None, **more: Any) -> str:
        """The kind of problem with which a step is refused."""
        method = "PUT" if what == "draft" else "POST"
        path = f"/v1/plans/{self.plan}/{what}"
        answer = await self.by(person, method, path, body, **more)
        assert answer.is_error, answer.text
        return str(answer.json()["type"]).removeprefix("urn:tera:problem:")

    async def agreed(self, document: dict[str, Any] | None = None) -> dict[str, Any]:
        await self.done(self.siti, "draft", document or DOCUMENT)
        await self.done(self.budi, "discuss")
        await self.done(self.siti, "agree")
        return await self.done(self.budi, "agree")


NUMBERS = iter(range(1, 1000))


async def civil_servant(town: Town, name: str) -> UUID:
    number = f"1980010120060410{next(NUMBERS):02}"
    return await town.person(name=name, kind="civil_servant", number=number)


async def new_plan(town: Town, person: UUID, period: UUID, **fields: str) -> Any:
    body = {"person_id": str(person), "period_id": str(period), **fields}
    return await town.call("POST", "/v1/plans", body)


@pytest_asyncio.fixture
async def office(town: Town) -> Office:
    siti, budi = await civil_servant(town, "Siti"), await civil_servant(town, "Budi")
    mayor = await town.person(name="Wali Kota", kind="state_official")
    await town.line(siti, budi, "2025-01-01")
    await town.line(budi, mayor, "2025-01-01")
    period = await town.period("yearly", "2026-01-01", "2027-01-01")
    plan = await town.made("/v1/plans", {"person_id": str(siti), "period_id": str(period)})
    return Office(town, siti, budi, mayor, period, UUID(plan["id"]))


async def transferred(office: Office, assessor: UUID, on: str) -> None:
    answer = await office.town.call(
        "POST",
        f"/v1/people/{office.siti}/reporting-lines/changes",
        {"assessor_id": str(assessor), "on": on},
    )
    assert answer.status_code == 201, answer.text


def titled(title: str, **fields: Any) -> dict[str, Any]:
    return {"results": [{**RESULT, "title": title, **fields}]}


async def test_from_an_empty_draft_to_agreed_by_both(office: Office) -> None:
    made = (await office.by(office.siti, "GET", f"/v1/plans/{office.plan}")).json()
    names = (made["employee"]["name"], made["leader"]["name"])
    assert (made["state"], names) == ("draft", ("Siti", "Budi"))
    words = {"expectations": {"loyal": "Satu\nDua"}, "support": "Pelatihan"}
    drafted = await office.done(office.siti, "draft", DOCUMENT | words)
    assert drafted["document"]["results"][0]["indicators"][0]["target_high"] == "10"
    assert drafted["document"]["expectations"] == {"loyal": "Satu\nDua"}
    assert (await office.done(office.budi, "discuss"))["state"] == "discussed"
    one = await office.done(office.siti, "agree")
    assert (one["state"], one["revisions"][0]["agreed_by_leader_at"]) == ("discussed", None)
    both = await office.done(office.budi, "agree")
    assert (both["state"], both["revisions"][0]["agreed_at"] is None) == ("agreed", False)
    assert await office.refused(office.siti, "draft", DOCUMENT) == "plan-agreed"


async def test_other_words_take_back_what_was_agreed_to(office: Office) -> None:
    drafted = await office.done(office.siti, "draft", DOCUMENT)
    await office.done(office.siti, "discuss")
    signed = await office.done(office.budi, "agree")
    same = await office.done(office.siti, "draft", drafted["document"])
    assert (same["version"], same["state"]) == (signed["version"], "discussed")
    edited = await office.done(office.siti, "draft", {**drafted["document"], "support": "x"})
    assert (edited["state"], edited["revisions"][0]["agreed_by_leader_at"]) == ("draft", None)
    etag = f'"{edited["version"]}"'
    assert await office.refused(office.siti, "agree", seen=etag) == "plan-not-discussed"


async def test_nobody_agrees_to_what_they_have_not_seen(office: Office) -> None:
    seen = f'"{(await office.done(office.siti, "draft", DOCUMENT))["version"]}"'
    await office.done(office.siti, "draft", titled("Lain"))
    await office.done(office.siti, "discuss")
    assert await office.refused(office.budi, "agree", seen=seen) == "changed-meanwhile"
    assert await office.refused(office.budi, "agree") == "if-match-needed"
    assert (await office.done(office.budi, "agree"))["state"] == "discussed"


async def test_of_two_who_edit_at_the_same_time_the_second_is_told(office: Office) -> None:
    path = f"/v1/plans/{office.plan}/draft"
    answers = await asyncio.gather(
        *(
            office.by(person, "PUT", path, titled(title), seen='"1"')
            for person, title in ((office.siti, "A"), (office.budi, "B"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (kept,) = [answer.json() for answer in answers if answer.status_code == 200]
    now = (await office.by(office.siti, "GET", f"/v1/plans/{office.plan}")).json()
    assert now["document"] == kept["document"]


async def test_both_agree_at_the_same_time(office: Office) -> None:
    await office.done(office.siti, "draft", DOCUMENT)
    seen = f'"{(await office.done(office.siti, "discuss"))["version"]}"'
    path = f"/v1/plans/{office.plan}/agree"
    answers = await asyncio.gather(
        *(office.by(person, "POST", path, seen=seen) for person in (office.siti, office.budi))
    )
    # The second is told that something changed: it was the agreement of the first.
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    for person in (office.siti, office.budi):
        last = await office.done(person, "agree")
    assert last["state"] == "agreed"


async def test_strangers_see_and_change_nothing(office: Office) -> None:
    await office.done(office.siti, "draft", DOCUMENT)
    stranger = await civil_servant(office.town, "Tono")
    path = f"/v1/plans/{office.plan}"
    for method, route, body in (
        ("GET", path, None),
        ("PUT", f"{path}/draft", DOCUMENT),
        ("POST", f"{path}/discuss", None),
        ("POST", f"{path}/agree", None),
        ("POST", f"{path}/amend", {"valid_from": "2026-03-01"}),
        ("DELETE", f"{path}/draft", None),
        ("GET", f"/v1/people/{office.budi}/unserved-results?period_id={office.period}", None),
    ):
        answer = await office.by(stranger, method, route, body, seen='"2"')
        assert answer.status_code == 403, (method, route, answer.text)
    mine = {"person_id": str(office.siti), "period_id": str(office.period)}
    assert (await office.by(stranger, "POST", "/v1/plans", mine)).status_code == 403
    assert (await office.by(stranger, "GET", "/v1/plans")).json()["items"] == []
    # A login of nobody, and somebody whom nobody assesses: nothing equals nothing.
    alone = {**mine, "person_id": str(stranger)}
    answer = await office.town.call("POST", "/v1/plans", alone, role="employee")
    assert answer.status_code == 403


async def test_a_keeper_writes_for_others_and_agrees_for_nobody(office: Office) -> None:
    path = f"/v1/plans/{office.plan}"
    for method, step, body in (("PUT", "draft", DOCUMENT), ("POST", "discuss", None)):
        assert (await office.town.call(method, f"{path}/{step}", body)).status_code == 200
    seen = {"if-match": (await office.town.call("GET", path)).headers["etag"]}
    assert (await office.town.call("POST", f"{path}/agree", headers=seen)).status_code == 403
    await office.done(office.siti, "agree")
    assert (await office.done(office.budi, "agree"))["state"] == "agreed"


async def test_each_finds_the_plans_that_concern_them(office: Office) -> None:
    made = await new_plan(office.town, office.budi, office.period)
    budis = UUID(made.json()["id"])
    boss, reviewer = await civil_servant(office.town, "Rina"), await civil_servant(office.town, "W")

    async def found(person: UUID, query: str = "") -> set[UUID]:
        answer = await office.by(person, "GET", f"/v1/plans{query}")
        return {UUID(plan["id"]) for plan in answer.json()["items"]}

    assert await found(office.siti) == {office.plan}
    assert await found(office.budi) == {office.plan, budis}
    assert await found(office.budi, f"?person_id={office.siti}") == {office.plan}
    assert await found(office.budi, f"?leader_id={office.mayor}") == {budis}
    assert await found(office.budi, f"?period_id={uuid4()}") == set()
    # From today on somebody else assesses and reviews: they see it, and the plan stays as it was.
    today = "2026-01-02"
    await office.town.call(
        "POST",
        f"/v1/people/{office.siti}/reporting-lines/changes",
        {"assessor_id": str(boss), "reviewer_id": str(reviewer), "on": today},
    )
    for person in (boss, reviewer):
        assert await found(person) == {office.plan}
        shown = await office.by(person, "GET", f"/v1/plans/{office.plan}")
        assert (shown.status_code, shown.json()["leader"]["name"]) == (200, "Budi")


@pytest.mark.parametrize("kind", ["state_official", "non_asn", "other_institution"])
async def test_who_is_not_rated_has_no_plan(office: Office, kind: str) -> None:
    person = await office.town.person(kind=kind)
    await office.town.line(person, office.budi, "2025-01-01")
    answer = await new_plan(office.town, person, office.period)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:not-rated")


async def test_one_plan_per_person_and_period(office: Office) -> None:
    answers = await asyncio.gather(
        *(new_plan(office.town, office.budi, office.period) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    again = await new_plan(office.town, office.siti, office.period)
    assert again.json()["type"] == "urn:tera:problem:plan-exists"


async def test_whoever_comes_later_has_a_plan_from_then_on(office: Office) -> None:
    tono = await civil_servant(office.town, "Tono")
    await office.town.line(tono, office.budi, "2026-06-01")
    nobody = await new_plan(office.town, tono, office.period)
    assert nobody.json()["type"] == "urn:tera:problem:no-assessor"
    for day in ("2025-12-31", "2027-01-01"):
        outside = await new_plan(office.town, tono, office.period, valid_from=day)
        assert outside.json()["errors"][0]["field"] == "valid_from"
    made = await new_plan(office.town, tono, office.period, valid_from="2026-06-01")
    assert made.json()["revisions"][0]["valid_from"] == "2026-06-01"


async def test_an_amendment_holds_from_its_day_on_once_both_agreed(office: Office) -> None:
    await office.agreed(titled("lama"))
    path = f"/v1/plans/{office.plan}"

    async def on(day: str) -> str | None:
        answer = await office.by(office.siti, "GET", f"{path}?on={day}")
        if answer.status_code == 404:
            return None
        return str(answer.json()["document"]["results"][0]["title"])

    draft = await office.done(office.budi, "amend", {"valid_from": "2026-07-01"})
    assert (draft["state"], draft["shown"]) == ("draft", 2)
    await office.done(office.budi, "draft", titled("baru"))
    assert (await on("2026-06-30"), await on("2026-07-01")) == ("lama", "lama")
    await office.done(office.budi, "discuss")
    await office.done(office.budi, "agree")
    await office.done(office.siti, "agree")
    assert (await on("2026-06-30"), await on("2026-07-01")) == ("lama", "baru")
    assert await on("2025-12-31") is None
    first = (await office.by(office.siti, "GET", f"{path}?revision=1")).json()
    assert (first["shown"], first["document"]["results"][0]["title"]) == (1, "lama")
    assert (await office.by(office.siti, "GET", f"{path}?revision=3")).status_code == 404
    early = {"valid_from": "2026-06-30"}
    assert await office.refused(office.siti, "amend", early) == "amendment-too-early"
    late = {"valid_from": "2027-01-01"}
    assert await office.refused(office.siti, "amend", late) == "invalid-request"


async def test_after_a_transfer_the_new_leader_amends_and_agrees(office: Office) -> None:
    await office.agreed()
    rina = await civil_servant(office.town, "Rina")
    await transferred(office, rina, "2026-05-01")
    after = {"valid_from": "2026-05-01"}
    assert await office.refused(office.budi, "amend", after) == "forbidden"
    amended = await office.done(rina, "amend", after)
    assert [each["leader"]["name"] for each in amended["revisions"]] == ["Budi", "Rina"]
    await office.done(rina, "discuss")
    etag = f'"{amended["version"] + 1}"'
    assert await office.refused(office.budi, "agree", seen=etag) == "forbidden"
    await office.done(rina, "agree")
    assert (await office.done(office.siti, "agree"))["state"] == "agreed"
    # Who agreed to the first revision may go on reading the plan.
    assert (await office.by(office.budi, "GET", f"/v1/plans/{office.plan}")).status_code == 200


async def test_agreement_of_somebody_who_does_not_assess_is_void(office: Office) -> None:
    await office.done(office.siti, "draft", DOCUMENT)
    await office.done(office.siti, "discuss")
    await office.done(office.budi, "agree")
    rina = await civil_servant(office.town, "Rina")
    await transferred(office, rina, "2026-01-01")
    signed = await office.done(office.siti, "agree")
    assert (signed["state"], signed["leader"]["name"]) == ("discussed", "Rina")
    assert (await office.done(rina, "agree"))["state"] == "agreed"


async def test_a_leader_sees_which_results_nobody_serves(office: Office) -> None:
    made = (await new_plan(office.town, office.budi, office.period)).json()
    two = {"results": [{**RESULT, "title": "satu"}, {**RESULT, "title": "dua", "main": False}]}
    path = f"/v1/plans/{made['id']}/draft"
    own = (await office.by(office.budi, "PUT", path, two)).json()["document"]["results"]

    async def unserved() -> list[str]:
        query = f"/v1/people/{office.budi}/unserved-results?period_id={office.period}"
        return [result["title"] for result in (await office.by(office.budi, "GET", query)).json()]

    assert await unserved() == ["satu", "dua"]
    shown = (await office.by(office.siti, "GET", f"/v1/plans/{office.plan}")).json()
    assert [result["title"] for result in shown["leader_results"]] == ["satu", "dua"]
    await office.done(office.siti, "draft", titled("x", serves_result_id=own[1]["id"]))
    assert await unserved() == ["satu"]
    # While an amendment is only a draft, what was agreed goes on to serve.
    await office.agreed(titled("y", serves_result_id=own[1]["id"]))
    await office.done(office.siti, "amend", {"valid_from": "2026-02-01"})
    await office.done(office.siti, "draft", titled("z", serves_result_id=own[0]["id"]))
    assert await unserved() == []
    for person in (office.siti, office.budi):
        await office.done(person, "discuss")
        await office.done(person, "agree")
    assert await unserved() == ["dua"]


async def test_results_serve_the_leader_or_a_goal_that_exists(office: Office) -> None:
    goal = {"name": "Tanpa antre", "starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    goal_id = (await office.town.made("/v1/goals", goal))["id"]
    for field, known in (("serves_result_id", str(uuid4())), ("serves_goal_id", str(uuid4()))):
        path = f"/v1/plans/{office.plan}/draft"
        answer = await office.by(office.siti, "PUT", path, titled("x", **{field: known}))
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [f"results[0].{field}"]
    await office.done(office.siti, "draft", titled("x", serves_goal_id=goal_id))
    assert (await office.town.call("DELETE", f"/v1/goals/{goal_id}")).status_code == 409
    await office.done(office.siti, "draft", DOCUMENT)
    assert (await office.town.call("DELETE", f"/v1/goals/{goal_id}")).status_code == 204


async def test_under_a_new_leader_the_links_are_looked_at_again(office: Office) -> None:
    made = (await new_plan(office.town, office.budi, office.period)).json()
    path = f"/v1/plans/{made['id']}/draft"
    own = (await office.by(office.budi, "PUT", path, DOCUMENT)).json()["document"]["results"]
    await office.done(office.siti, "draft", titled("x", serves_result_id=own[0]["id"]))
    rina = await civil_servant(office.town, "Rina")
    await transferred(office, rina, "2026-01-01")
    assert await office.refused(rina, "discuss") == "plan-not-ready"
    await office.done(rina, "draft", titled("x"))
    assert (await office.done(rina, "discuss"))["state"] == "discussed"


async def test_parts_keep_their_ids_and_belong_to_one_plan(office: Office) -> None:
    first = await office.done(office.siti, "draft", DOCUMENT)
    (result,) = first["document"]["results"]
    second = await office.done(office.siti, "draft", {"results": [{**result, "title": "baru"}]})
    assert second["document"]["results"][0]["id"] == result["id"]
    made = (await new_plan(office.town, office.budi, office.period)).json()
    path = f"/v1/plans/{made['id']}/draft"
    stolen = await office.by(office.budi, "PUT", path, {"results": [result]})
    assert [error["field"] for error in stolen.json()["errors"]] == [
        "results[0].id",
        "results[0].indicators[0].id",
    ]


async def test_an_indicator_that_plans_rest_on_stays_as_it_is_measured(office: Office) -> None:
    body = {
        "name": "Waktu",
        "source": "measurement",
        "measure_unit": "working_days",
        "better": "lower",
        "target_low": 1,
        "target_high": 2,
        "aspect": "time",
        "valid_from": "2026-01-01",
    }
    indicator = (await office.town.made("/v1/indicators", body))["id"]
    path = f"/v1/indicators/{indicator}"
    await office.agreed(titled("x", indicators=[{**TARGET, "indicator_id": indicator}]))
    assert (await office.town.call("DELETE", path)).status_code == 409
    other = await office.town.call("PUT", path, {**body, "measure_unit": "days"})
    assert other.json()["type"] == "urn:tera:problem:indicator-in-plans"
    ended = await office.town.call("PUT", path, {**body, "valid_until": "2026-07-01"})
    assert ended.status_code == 200


async def test_events_hold_ids_and_targets_but_none_of_the_words(office: Office) -> None:
    secret = "RAHASIA"
    words = {"expectations": {"loyal": secret}, "support": secret, "evidence": secret}
    inner = {**TARGET, "title": secret}
    await office.agreed({**titled(secret, indicators=[inner]), **words, "consequences": secret})
    await office.done(office.siti, "amend", {"valid_from": "2026-07-01"})
    rows = await office.town.outbox()
    assert secret not in "".join(row["body"].decode() for row in rows)
    events = [
        PlanChanged.model_validate_json(row["body"])
        for row in rows
        if row["event_type"] == PlanChanged.type
    ]
    assert [(event.version, event.state, len(event.agreed)) for event in events] == [
        (1, "draft", 0),
        (2, "draft", 0),
        (3, "discussed", 0),
        (4, "discussed", 0),
        (5, "agreed", 1),
        (6, "draft", 1),
    ]
    (revision,) = events[-1].agreed
    assert (events[-1].person_id, events[-1].leader_id) == (office.siti, office.budi)
    assert str(revision.results[0].indicators[0].target_high) == "10"


async def test_a_draft_is_withdrawn_and_what_was_agreed_goes_on(office: Office) -> None:
    path = f"/v1/plans/{office.plan}"
    await office.agreed(titled("lama"))
    assert (await office.by(office.siti, "DELETE", f"{path}/draft")).status_code == 409
    await office.done(office.siti, "amend", {"valid_from": "2026-07-01"})
    await office.done(office.siti, "draft", titled("baru"))
    assert (await office.by(office.budi, "DELETE", f"{path}/draft")).status_code == 204
    shown = (await office.by(office.siti, "GET", path)).json()
    assert (shown["state"], shown["document"]["results"][0]["title"]) == ("agreed", "lama")


async def test_who_assessed_before_withdraws_nothing(office: Office) -> None:
    path = f"/v1/plans/{office.plan}"
    joko = await civil_servant(office.town, "Joko")
    await transferred(office, joko, "2025-12-01")
    assert (await office.by(office.budi, "DELETE", f"{path}/draft")).status_code == 403
    assert (await office.by(joko, "DELETE", f"{path}/draft")).status_code == 204


async def test_a_closed_period_keeps_its_drafts(office: Office) -> None:
    for state in ("running", "evaluating", "closed"):
        step = f"/v1/periods/{office.period}/advance"
        assert (await office.town.call("POST", step, {"to": state})).status_code == 200
    answer = await office.by(office.siti, "DELETE", f"/v1/plans/{office.plan}/draft")
    assert answer.json()["type"] == "urn:tera:problem:period-closed"


async def test_who_will_assess_reads_a_plan_that_is_yet_to_begin(office: Office) -> None:
    period = await office.town.period("yearly", "2199-01-01", "2200-01-01")
    plan = (await new_plan(office.town, office.siti, period)).json()["id"]
    joko = await civil_servant(office.town, "Joko")
    assert (await office.by(joko, "GET", f"/v1/plans/{plan}")).status_code == 403
    await transferred(office, joko, "2198-12-01")
    assert (await office.by(joko, "GET", f"/v1/plans/{plan}")).status_code == 200


async def test_a_plan_that_was_never_agreed_can_be_withdrawn_altogether(office: Office) -> None:
    path = f"/v1/plans/{office.plan}"
    await office.done(office.siti, "draft", DOCUMENT)
    lines = f"/v1/people/{office.siti}/reporting-lines"
    (current,) = (await office.town.call("GET", lines)).json()
    await office.town.call("DELETE", f"{lines}/{current['id']}")
    for kept in (f"people/{office.siti}", f"periods/{office.period}"):
        refused = await office.town.call("DELETE", f"/v1/{kept}")
        assert (refused.status_code, "plan" in refused.json()["type"]) == (409, True), kept
    moved = {"starts_on": "2028-01-01", "ends_on": "2029-01-01", "closes_at": "2029-02-01T00:00Z"}
    answer = await office.town.call("PATCH", f"/v1/periods/{office.period}", moved)
    assert answer.json()["type"] == "urn:tera:problem:period-has-plans"
    assert (await office.by(office.budi, "DELETE", f"{path}/draft")).status_code == 204
    assert (await office.by(office.siti, "GET", path)).status_code == 404
    last = json.loads((await office.town.outbox())[-1]["body"])
    assert (last["id"], last["version"], last["deleted"]) == (str(office.plan), 3, True)
    for freed in (f"people/{office.siti}", f"periods/{office.period}"):
        assert (await office.town.call("DELETE", f"/v1/{freed}")).status_code == 204


async def test_a_closed_period_is_left_alone(office: Office) -> None:
    await office.done(office.siti, "draft", DOCUMENT)
    for state in ("running", "evaluating"):
        await office.town.call("POST", f"/v1/periods/{office.period}/advance", {"to": state})
        await office.done(office.siti, "draft", titled(state))
    await office.town.call("POST", f"/v1/periods/{office.period}/advance", {"to": "closed"})
    assert await office.refused(office.siti, "draft", DOCUMENT) == "period-closed"
    assert await office.refused(office.budi, "discuss") == "period-closed"
    late = await new_plan(office.town, office.budi, office.period)
    assert late.json()["type"] == "urn:tera:problem:period-closed"


async def test_every_word_of_a_plan_is_kept_in_its_history(office: Office) -> None:
    await office.done(office.siti, "draft", titled("satu"))
    await office.done(office.siti, "draft", titled("dua"))
    path = f"/v1/history/plan_revision/{office.plan}"
    changes = (await office.town.call("GET", path)).json()["items"]
    titles = [[r["title"] for r in change["after"]["document"]["results"]] for change in changes]
    assert titles == [["dua"], ["satu"], []]
    assert changes[0]["actor_person_id"] == str(office.siti)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"results": [{**RESULT, "title": "a\nb"}]}, "results[0].title"),
        ({"support": "a\u0007b"}, "support"),
        ({"expectations": {"rajin": "x"}}, "expectations.rajin.[key]"),
        ({"results": [RESULT] * 31}, "results"),
        ({"results": [{**RESULT, "indicators": [TARGET] * 11}]}, "results[0].indicators"),
        ({"results": [{**RESULT, "indicators": [TARGET] * 10}] * 7}, "results"),
        (
            titled("x", indicators=[{**TARGET, "target_low": "11"}]),
            "results[0].indicators[0].target_high",
        ),
    ],
)
async def test_what_no_document_may_say(office: Office, document: Any, field: str) -> None:
    path = f"/v1/plans/{office.plan}/draft"
    answer = await office.by(office.siti, "PUT", path, document)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
