"""Parking, restoring, withdrawing: revisions that rise, one event each."""

import asyncio
from base64 import urlsafe_b64decode
from typing import Any
from uuid import uuid4

from tests.feedback.conftest import MARKS, Feedback, slug

REASON = {"reason_code": "burst-from-one-device"}


async def stored(feedback: Feedback, comment: str | None = None) -> str:
    counter = await feedback.counter()
    response = await feedback.answer(
        {"counter": counter["code"], "scores": MARKS, "comment": comment}
    )
    fact: str = response.json()["fact_id"]
    return fact


async def test_every_decision_is_a_revision_with_its_event(feedback: Feedback) -> None:
    fact = await stored(feedback, "Terlalu lama")
    for step, state, revision in (
        ("park", "parked", 2),
        ("park", "parked", 2),
        ("restore", "accepted", 3),
        ("restore", "accepted", 3),
        ("park", "parked", 4),
        ("withdraw", "withdrawn", 5),
        ("withdraw", "withdrawn", 5),
    ):
        body = None if step == "restore" else REASON
        response = await feedback.post(f"/v1/answers/{fact}/{step}", body)
        assert response.status_code == 200, response.text
        assert (response.json()["state"], response.json()["revision"]) == (state, revision)
    for step in ("park", "restore"):
        refused = await feedback.post(f"/v1/answers/{fact}/{step}", REASON)
        assert (refused.status_code, slug(refused)) == (409, "answer-withdrawn")
    events = await feedback.events()
    assert [(event.revision, event.state.value, event.counted) for event in events] == [
        (1, "accepted", True),
        (2, "parked", False),
        (3, "accepted", True),
        (4, "parked", False),
        (5, "withdrawn", False),
    ]
    first = events[0].model_dump(exclude={"revision", "state", "counted"})
    assert all(e.model_dump(exclude={"revision", "state", "counted"}) == first for e in events)
    assert all("lama" not in event.model_dump_json() for event in events)
    shown = (await feedback.http.get(f"/v1/answers/{fact}", headers=feedback.headers())).json()
    assert [decision["revision"] for decision in shown["decisions"]] == [2, 3, 4, 5]
    assert shown["decisions"][0] | {"decided_at": ""} == {
        "revision": 2,
        "state": "parked",
        "reason_code": "burst-from-one-device",
        "decided_by": "somebody",
        "decided_at": "",
    }


async def test_decisions_at_the_same_moment_follow_each_other(feedback: Feedback) -> None:
    fact = await stored(feedback)
    steps = [("park", REASON), ("restore", None)] * 10
    responses = await asyncio.gather(
        *(feedback.post(f"/v1/answers/{fact}/{step}", body) for step, body in steps)
    )
    assert {response.status_code for response in responses} == {200}
    revisions = [event.revision for event in await feedback.events()]
    assert revisions == list(range(1, len(revisions) + 1))
    assert await feedback.count() == 1


async def test_comments_are_for_survey_officers(feedback: Feedback) -> None:
    fact = await stored(feedback, "Terlalu lama")
    for role in ("survey_officer", "tenant_administrator"):
        headers = feedback.headers(role)
        one = await feedback.http.get(f"/v1/answers/{fact}", headers=headers)
        listed = await feedback.http.get("/v1/answers", headers=headers)
        assert one.json()["comment"] == "Terlalu lama"
        assert [answer["comment"] for answer in listed.json()["items"]] == ["Terlalu lama"]
        assert one.json()["scores"] == MARKS
    for role in ("unit_officer", "employee", "integration_client", "operator"):
        refused = await feedback.http.get(f"/v1/answers/{fact}", headers=feedback.headers(role))
        assert (refused.status_code, slug(refused)) == (403, "forbidden")
    refused = await feedback.post(
        f"/v1/answers/{fact}/park", REASON, headers=feedback.headers("unit_officer")
    )
    assert refused.status_code == 403


async def test_unit_officers_learn_neither_who_served_nor_when(feedback: Feedback) -> None:
    visit = await feedback.visit(finished_at="2026-03-04T17:30:00Z")
    answer = {"token": visit["answer_token"], "scores": MARKS, "comment": "Terlalu lama"}
    told = (await feedback.answer(answer)).json()
    [last] = [await stored(feedback, "rahasia") for _ in range(12)][-1:]
    headers = feedback.headers("unit_officer")
    seen: list[dict[str, Any]] = []
    cursors: list[str] = []
    while True:
        params = {"limit": "2"} | ({"cursor": cursors[-1]} if cursors else {})
        response = await feedback.http.get("/v1/answers", params=params, headers=headers)
        seen += response.json()["items"]
        if response.json()["next_cursor"] is None:
            break
        cursors.append(response.json()["next_cursor"])
    [ticket] = [answer for answer in seen if answer["channel"] == "ticket"]
    assert ticket == {
        "state": "accepted",
        "channel": "ticket",
        "unit_id": str(feedback.ours.unit),
        "service_id": str(feedback.ours.service),
        "day": "2026-03-05",  # of the tenant, seven hours east
        "scores": MARKS,
        "sentiment": None,
    }
    assert len(seen) == 13
    assert all(answer.keys() == ticket.keys() for answer in seen)
    assert {len(answer["day"]) for answer in seen} == {10}
    told_again = str(seen) + "".join(
        urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode() for cursor in cursors
    )
    for fact in (told["fact_id"], last):
        assert fact not in told_again
        assert fact.replace("-", "")[:12] not in told_again
    wrong = await feedback.http.get("/v1/answers", params={"cursor": "WyJ4Il0"}, headers=headers)
    assert (wrong.status_code, slug(wrong)) == (422, "invalid-request")


async def test_answers_are_listed_page_by_page(feedback: Feedback) -> None:
    facts = [await stored(feedback) for _ in range(5)]
    await feedback.post(f"/v1/answers/{facts[1]}/park", REASON)
    seen, cursor = [], None
    while True:
        params = {"limit": "2", "unit_id": str(feedback.ours.unit)}
        params |= {"cursor": cursor} if cursor else {}
        page = await feedback.http.get("/v1/answers", params=params, headers=feedback.headers())
        seen += [answer["fact_id"] for answer in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(facts)
    for params, wanted in (
        ({"state": "parked"}, [facts[1]]),
        ({"unit_id": str(feedback.ours.other_unit)}, []),
        ({"service_id": str(feedback.ours.service), "state": "withdrawn"}, []),
    ):
        page = await feedback.http.get("/v1/answers", params=params, headers=feedback.headers())
        assert [answer["fact_id"] for answer in page.json()["items"]] == wanted


async def test_a_reason_is_a_word_and_the_answer_exists(feedback: Feedback) -> None:
    fact = await stored(feedback)
    wordy = await feedback.post(f"/v1/answers/{fact}/park", {"reason_code": "Ibu Siti marah"})
    assert (wordy.status_code, slug(wordy)) == (422, "invalid-request")
    absent = await feedback.post(f"/v1/answers/{uuid4()}/park", REASON)
    assert (absent.status_code, slug(absent)) == (404, "not-found")
