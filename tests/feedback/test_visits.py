"""Recording a visit again: one visit, one token that works, one answer."""

import asyncio
from typing import Any

import asyncpg
import httpx

from services.feedback.timers import forget_idempotency_keys
from shared.db import open_pool
from tests.feedback.conftest import MARKS, Feedback, Tenant, slug
from tests.support.waiting import eventually


async def record(
    feedback: Feedback, key: str | None, *, tenant: Tenant | None = None, **changes: Any
) -> httpx.Response:
    """POST the same visit, but for the changes."""
    tenant = tenant or feedback.ours
    body = {
        "ticket": "A-017",
        "unit_id": str(tenant.unit),
        "service_id": str(tenant.service),
        "serving_at": "2026-03-05T03:00:00Z",
    }
    headers = feedback.headers("integration_client", tenant=tenant)
    if key is not None:
        headers["idempotency-key"] = key
    return await feedback.post("/v1/visits", body | changes, headers=headers)


async def answer(feedback: Feedback, created: httpx.Response) -> httpx.Response:
    return await feedback.answer({"token": created.json()["answer_token"], "scores": MARKS})


async def test_the_same_visit_again_has_a_fresh_token(feedback: Feedback) -> None:
    first = await record(feedback, "k")
    # The same moment in another zone says the same.
    again = await record(feedback, "k", serving_at="2026-03-05T10:00:00+07:00")
    assert (first.status_code, again.status_code) == (201, 200)
    for name in ("visit_id", "expires_at", "answer_path"):
        assert first.json()[name] == again.json()[name]
    assert first.json()["answer_token"] != again.json()["answer_token"]
    old = await answer(feedback, first)
    assert (old.status_code, slug(old)) == (404, "unknown-token")
    assert (await answer(feedback, again)).status_code == 201
    assert len(await feedback.rows("select from visits")) == 1
    assert await feedback.count() == 1


async def test_an_answered_visit_gets_no_other_token(feedback: Feedback) -> None:
    created = await record(feedback, "k")
    first = await answer(feedback, created)
    again = await record(feedback, "k")
    assert (again.status_code, slug(again)) == (409, "visit-answered")
    repeated = await answer(feedback, created)
    assert (repeated.status_code, repeated.json()) == (200, first.json())


async def test_a_key_stands_for_one_content_of_one_tenant(feedback: Feedback) -> None:
    created = await record(feedback, "k")
    for change in ({"ticket": "A-018"}, {"answer_within_days": 3}, {"serving_at": None}):
        other = await record(feedback, "k", **change)
        assert (other.status_code, slug(other)) == (422, "idempotency-key-reused")
    ids = {created.json()["visit_id"]}
    for key, tenant in (("other", None), (None, None), (None, None), ("k", feedback.theirs)):
        elsewhere = await record(feedback, key, tenant=tenant)
        assert elsewhere.status_code == 201
        ids.add(elsewhere.json()["visit_id"])
    assert len(ids) == 5
    assert (await answer(feedback, created)).status_code == 201


async def test_each_caller_has_keys_of_its_own(feedback: Feedback) -> None:
    body = {
        "ticket": "A-1",
        "unit_id": str(feedback.ours.unit),
        "service_id": str(feedback.ours.service),
    }
    ids = set()
    for queue in ("queue-of-the-north", "queue-of-the-south"):
        token = feedback.token(feedback.ours.id, ("integration_client",), sub=queue)
        headers = {"authorization": f"Bearer {token}", "idempotency-key": "1"}
        for status in (201, 200):
            response = await feedback.post("/v1/visits", body, headers=headers)
            assert response.status_code == status
            ids.add(response.json()["visit_id"])
    assert len(ids) == 2


async def test_keys_have_1_to_200_characters(feedback: Feedback) -> None:
    assert (await record(feedback, "x" * 200)).status_code == 201
    for key in ("", "x" * 201):
        response = await record(feedback, key)
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert [error["field"] for error in response.json()["errors"]] == ["Idempotency-Key"]
    assert len(await feedback.rows("select from visits")) == 1


async def test_a_visit_can_be_sent_again_when_its_unit_is_gone(feedback: Feedback) -> None:
    first = await record(feedback, "k")
    await feedback.as_owner("update units set deleted = true")
    again = await record(feedback, "k")
    assert (again.status_code, again.json()["visit_id"]) == (200, first.json()["visit_id"])
    new = await record(feedback, "new")
    assert (new.status_code, slug(new)) == (422, "unknown-unit")


async def test_many_tries_at_once_are_one_visit(feedback: Feedback) -> None:
    for key in ("a", "b", "c"):
        tries = await asyncio.gather(*(record(feedback, key) for _ in range(12)))
        assert sorted(each.status_code for each in tries) == [200] * 11 + [201]
        assert len({each.json()["visit_id"] for each in tries}) == 1
        answered = [await answer(feedback, each) for each in tries]
        assert sorted(each.status_code for each in answered) == [201] + [404] * 11
    assert await feedback.count() == 3


async def test_answers_against_tries_give_one_answer_each(feedback: Feedback) -> None:
    for number in range(12):
        created = await record(feedback, f"{number}")
        first, again, second = await asyncio.gather(
            answer(feedback, created), record(feedback, f"{number}"), answer(feedback, created)
        )
        answered = {each.status_code for each in (first, second)}
        if again.status_code == 409:
            assert slug(again) == "visit-answered"
            assert answered == {200, 201}
        else:
            assert again.status_code == 200
            late = await answer(feedback, again)
            if late.status_code == 201:
                assert answered == {404}
            else:
                assert (late.status_code, slug(late)) == (409, "token-used")
                assert 201 in answered
    assert await feedback.count() == 12


async def test_of_both_tokens_at_once_one_is_used(feedback: Feedback) -> None:
    created = await record(feedback, "k")
    owner = await asyncpg.connect(feedback.database.owner)
    try:
        async with owner.transaction():
            # Between reading the visit and storing the answer, the visit gets another token.
            await owner.execute("lock table answers in share mode")
            early = asyncio.create_task(answer(feedback, created))
            await eventually(lambda: waiting(feedback))
            again = await record(feedback, "k")
            late = asyncio.create_task(answer(feedback, again))
    finally:
        await owner.close()
    first, second = await early, await late
    assert (again.status_code, first.status_code) == (200, 201)
    assert (second.status_code, slug(second)) == (409, "token-used")
    assert (await answer(feedback, created)).json() == first.json()
    assert await feedback.count() == 1


async def test_a_try_waits_for_an_answer_under_way(feedback: Feedback) -> None:
    created, other = await record(feedback, "k"), await record(feedback, "other")
    assert (await answer(feedback, other)).status_code == 201
    owner = await asyncpg.connect(feedback.database.owner)
    try:
        async with owner.transaction():
            await owner.execute(
                """
                insert into answers (tenant_id, fact_id, revision, state, channel, unit_id,
                    service_id, visit_id, occurred_at, received_at, scores)
                select tenant_id, gen_random_uuid(), 1, state, channel, unit_id, service_id, $1,
                       occurred_at, received_at, scores
                from answers
                """,
                created.json()["visit_id"],
            )
            again = asyncio.create_task(record(feedback, "k"))
            await eventually(lambda: waiting(feedback))
    finally:
        await owner.close()
    refused = await again
    assert (refused.status_code, slug(refused)) == (409, "visit-answered")


async def waiting(feedback: Feedback) -> bool:
    """Whether a login waits for another one's lock in this database."""
    return bool(
        await feedback.rows(
            """
            select from pg_locks l join pg_stat_activity a using (pid)
            where not l.granted and a.datname = current_database()
            """
        )
    )


async def test_the_keys_of_visits_are_forgotten_after_three_days(feedback: Feedback) -> None:
    old = await record(feedback, "old")
    await feedback.as_owner("update visits set created_at = created_at - interval '73 hours'")
    young = await record(feedback, "young")
    pool = await open_pool(feedback.database.worker)
    assert [await forget_idempotency_keys(pool) for _ in range(2)] == [1, 0]
    await pool.close()
    assert (await record(feedback, "young")).json()["visit_id"] == young.json()["visit_id"]
    assert (await record(feedback, "old")).status_code == 201
    assert (await answer(feedback, old)).status_code == 201
