"""A citizen's answer, by the token of a visit or a counter's code."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.feedback.timers import forget_idempotency_keys
from shared.db import open_pool
from tests.feedback.conftest import MARKS, Feedback, slug


async def test_an_answer_by_token_is_about_its_visit(feedback: Feedback) -> None:
    finished = datetime(2026, 3, 5, 3, 30, tzinfo=UTC)
    visit = await feedback.visit(finished_at=finished.isoformat())
    response = await feedback.answer({"token": visit["answer_token"], "scores": MARKS})
    assert response.status_code == 201
    [event] = await feedback.events()
    assert str(event.fact_id) == response.json()["fact_id"]
    assert event.counted
    assert event.revision == 1
    assert event.channel == "ticket"
    assert (event.tenant_id, event.unit_id, event.service_id, event.officer_id) == (
        feedback.ours.id,
        feedback.ours.unit,
        feedback.ours.service,
        feedback.ours.officer,
    )
    assert event.occurred_at == finished
    assert event.scores.model_dump(exclude_none=True) == MARKS


async def test_an_answer_at_a_counter_names_no_officer(feedback: Feedback) -> None:
    counter = await feedback.counter()
    typed = f" {counter['code'][:3].lower()}-{counter['code'][3:]}".replace("0", "o")
    response = await feedback.answer({"counter": typed, "scores": {"waktu": 4}})
    assert response.status_code == 201, response.text
    [event] = await feedback.events()
    assert event.officer_id is None
    assert event.channel == "walk_in"
    assert event.occurred_at == event.received_at
    assert event.scores.model_dump(exclude_none=True) == {"waktu": 4}


async def test_the_day_of_service_is_a_day_of_the_tenant(feedback: Feedback) -> None:
    counter = await feedback.counter()
    body = {"counter": counter["code"], "scores": MARKS}
    day = datetime.now(UTC).date() - timedelta(days=40)
    assert (await feedback.answer(body | {"service_day": str(day)})).status_code == 201
    [event] = await feedback.events()
    assert event.occurred_at == datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    refused = await feedback.answer(body | {"service_day": str(tomorrow)})
    assert (refused.status_code, slug(refused)) == (422, "future-service-day")


async def test_comment_and_profile_stay_here(feedback: Feedback) -> None:
    counter = await feedback.counter()
    response = await feedback.answer(
        {
            "counter": counter["code"],
            "scores": MARKS,
            "comment": " Petugas ramah sekali ",
            "sentiment": "praise",
            "profile": {"sex": "woman", "age_band": "30_39", "occupation": "wirausaha"},
        }
    )
    assert response.status_code == 201
    [row] = await feedback.rows("select * from answers")
    assert (row["comment"], row["sentiment"]) == ("Petugas ramah sekali", "praise")
    assert (row["sex"], row["age_band"], row["education"]) == ("woman", "30_39", None)
    [told] = await feedback.rows("select o::text as everything, body from outbox o")
    for word in ("ramah", "praise", "woman", "30_39", "wirausaha"):
        assert word not in told["everything"]
        assert word.encode() not in told["body"]


async def test_the_same_answer_again_gets_the_first_receipt(feedback: Feedback) -> None:
    visit, counter = await feedback.visit(), await feedback.counter()
    by_token = {"token": visit["answer_token"], "scores": MARKS}
    by_key = {"counter": counter["code"], "scores": MARKS}
    for body, key, taken in (
        (by_token, None, (409, "token-used")),
        (by_key, "a-key", (422, "idempotency-key-reused")),
    ):
        first = await feedback.answer(body, key=key)
        again = await feedback.answer(body, key=key)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        other = await feedback.answer(body | {"scores": {"waktu": 1}}, key=key)
        assert (other.status_code, slug(other)) == taken
    assert await feedback.count() == 2


async def test_equal_answers_without_a_key_both_count(feedback: Feedback) -> None:
    counter = await feedback.counter()
    body = {"counter": counter["code"], "scores": MARKS}
    assert {(await feedback.answer(body)).status_code for _ in range(2)} == {201}
    assert await feedback.count() == 2


async def test_one_token_at_300_phones_is_one_answer(feedback: Feedback) -> None:
    visit = await feedback.visit()
    body = {"token": visit["answer_token"], "scores": MARKS}
    responses = await asyncio.gather(*(feedback.answer(body) for _ in range(300)))
    assert sorted(response.status_code for response in responses) == [200] * 299 + [201]
    assert len({response.text for response in responses}) == 1
    assert await feedback.count() == 1


async def test_each_request_keeps_its_own_trace(feedback: Feedback) -> None:
    counter = await feedback.counter()
    path = f"/v1/tenants/{feedback.ours.id}/answers"
    traces = [f"00-{number:032x}-{number:016x}-01" for number in range(1, 31)]
    responses = await asyncio.gather(
        *(
            feedback.http.post(
                path,
                json={"counter": counter["code"], "scores": MARKS},
                headers={"traceparent": trace},
            )
            for trace in traces
        )
    )
    wanted = {
        response.json()["fact_id"]: trace for response, trace in zip(responses, traces, strict=True)
    }
    rows = await feedback.rows("select subject, traceparent, key, shard from outbox")
    assert {row["subject"]: row["traceparent"] for row in rows} == wanted
    assert {row["key"] for row in rows} == {f"{feedback.ours.id}/{fact}" for fact in wanted}


async def test_a_key_is_forgotten_after_three_days(feedback: Feedback) -> None:
    visit, counter = await feedback.visit(), await feedback.counter()
    by_token = {"token": visit["answer_token"], "scores": MARKS}
    by_key = {"counter": counter["code"], "scores": MARKS}
    await feedback.answer(by_token)
    await feedback.answer(by_key, key="old")
    await feedback.as_owner(
        "update answers set received_at = received_at - interval '73 hours', "
        "occurred_at = occurred_at - interval '73 hours'"
    )
    await feedback.answer(by_key, key="young")
    pool = await open_pool(feedback.database.worker)
    assert [await forget_idempotency_keys(pool) for _ in range(2)] == [1, 0]
    await pool.close()
    assert (await feedback.answer(by_key, key="young")).status_code == 200
    assert (await feedback.answer(by_token)).status_code == 200
    assert (await feedback.answer(by_key, key="old")).status_code == 201


async def test_an_expired_token_still_finds_its_answer(feedback: Feedback) -> None:
    used, unused = await feedback.visit(), await feedback.visit()
    body = {"token": used["answer_token"], "scores": MARKS}
    first = await feedback.answer(body)
    await feedback.as_owner("update visits set token_expires_at = now() - interval '1 minute'")
    again = await feedback.answer(body)
    assert (again.status_code, again.json()) == (200, first.json())
    late = await feedback.answer({"token": unused["answer_token"], "scores": MARKS})
    assert (late.status_code, slug(late)) == (410, "token-expired")


async def test_a_group_of_two_tenants_keeps_them_apart(feedback: Feedback) -> None:
    tenants = (feedback.ours, feedback.theirs)
    codes = [(await feedback.counter(tenant))["code"] for tenant in tenants]
    visits = [await feedback.visit(tenant) for tenant in tenants]
    sources = [(tenants[n % 2], {"counter": codes[n % 2]}, f"key-{n // 2}") for n in range(40)] + [
        (tenants[n], {"token": visits[n]["answer_token"]}, None) for n in range(2)
    ]
    crossed = [(tenants[n], {"token": visits[1 - n]["answer_token"]}, None) for n in range(2)]
    responses = await asyncio.gather(
        *(
            feedback.answer(source | {"scores": MARKS}, key=key, tenant=tenant)
            for tenant, source, key in sources + crossed
        )
    )
    statuses = [response.status_code for response in responses]
    assert statuses == [201] * 42 + [404] * 2
    rows = await feedback.rows(
        "select tenant_id, unit_id, count(*) n from answers group by 1, 2 order by n, 1"
    )
    assert {(row["tenant_id"], row["unit_id"], row["n"]) for row in rows} == {
        (tenant.id, tenant.unit, 21) for tenant in tenants
    }
    for event in await feedback.events():
        assert (event.tenant_id, event.unit_id) in {(t.id, t.unit) for t in tenants}
