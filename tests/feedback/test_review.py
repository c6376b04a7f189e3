"""Parking, restoring, withdrawing: revisions that rise, one event each."""

import asyncio
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
    for role, seen in (
        ("survey_officer", "Terlalu lama"),
        ("tenant_administrator", "Terlalu lama"),
        ("unit_officer", None),
    ):
        headers = feedback.headers(role)
        one = await feedback.http.get(f"/v1/answers/{fact}", headers=headers)
        listed = await feedback.http.get("/v1/answers", headers=headers)
        assert one.json()["comment"] == seen
        assert [answer["comment"] for answer in listed.json()["items"]] == [seen]
        assert one.json()["scores"] == MARKS
    for role in ("employee", "integration_client", "operator"):
        refused = await feedback.http.get(f"/v1/answers/{fact}", headers=feedback.headers(role))
        assert (refused.status_code, slug(refused)) == (403, "forbidden")
    refused = await feedback.post(
        f"/v1/answers/{fact}/park", REASON, headers=feedback.headers("unit_officer")
    )
    assert refused.status_code == 403


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
