"""The rules of a plan, without a database: whatever both sides do, and in whatever order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.indicators.rules import Indicator
from services.registry.plans import rules
from services.registry.plans.documents.rules import (
    MOST_RESULTS,
    MOST_TARGETS_IN_ALL,
    Document,
    Known,
    Result,
    Target,
    document_refusals,
    reference_refusals,
)
from services.registry.plans.events import event_of
from services.registry.plans.rules import AGREED, DRAFT, MOST_REVISIONS, Plan, PlanRefused, Revision
from shared.contracts import PlanChanged
from shared.messaging.outbox import LARGEST_BODY

NEW_YEAR = date(2026, 1, 1)
NOW = datetime(2026, 1, 20, tzinfo=UTC)
LEADERS = (UUID(int=1), UUID(int=2))


def target(**fields: Any) -> Target:
    known = {
        "id": uuid4(),
        "aspect": "quantity",
        "title": "KTP-el",
        "measure_unit": "count",
        "better": "higher",
        "target_low": Decimal(10),
        "target_high": Decimal(12),
    }
    return Target(**{**known, **fields})


def result(**fields: Any) -> Result:
    return Result(**{"id": uuid4(), "main": True, "title": "Layanan", **fields})


READY = Document((result(indicators=(target(),)),))


def draft(document: Document = READY) -> Plan:
    revision = Revision(1, NEW_YEAR, LEADERS[0], document)
    return Plan(uuid4(), uuid4(), uuid4(), (revision,))


def both_agree(plan: Plan) -> Plan:
    plan = rules.agreed(rules.discussed(plan), "employee", NOW)
    return rules.agreed(plan, "leader", NOW)


STEPS = st.one_of(
    st.builds(
        lambda words: lambda plan: rules.edited(plan, replace(READY, support=words)),
        st.sampled_from("abc"),
    ),
    st.just(rules.discussed),
    st.sampled_from(["employee", "leader"]).map(lambda s: lambda plan: rules.agreed(plan, s, NOW)),
    st.builds(
        lambda days, leader: (
            lambda plan: rules.amended(plan, NEW_YEAR + timedelta(days), LEADERS[leader])
        ),
        st.integers(-3, 300),
        st.integers(0, 1),
    ),
    st.integers(0, 1).map(lambda leader: lambda plan: rules.led_by(plan, LEADERS[leader])),
    st.just(lambda plan: rules.withdrawn(plan) or plan),
)


@given(begun=st.booleans(), steps=st.lists(STEPS, max_size=30))
def test_whatever_happens_only_what_both_agreed_to_counts(
    begun: bool, steps: list[Callable[[Plan], Plan]]
) -> None:
    plan = both_agree(draft()) if begun else draft()
    for step in steps:
        before = plan
        try:
            plan = step(plan)
        except PlanRefused:
            continue
        assert [each.state for each in plan.revisions[:-1]] == [AGREED] * (len(plan.revisions) - 1)
        assert [each.revision for each in plan.revisions] == list(range(1, len(plan.revisions) + 1))
        days = [each.valid_from for each in plan.revisions]
        assert days == sorted(days)
        # What both agreed to is never changed or lost.
        assert plan.agreed[: len(before.agreed)] == before.agreed
        signed = {plan.newest.agreed_by_employee_at, plan.newest.agreed_by_leader_at} - {None}
        assert not (plan.newest.state == DRAFT and signed)
        if len(plan.revisions) >= len(before.revisions):
            if plan.newest.document != before.newest.document:
                assert not signed
            if plan.newest.leader_id != before.newest.leader_id:
                assert plan.newest.agreed_by_leader_at is None
        for day in (days[-1] - timedelta(1), days[-1], date.max):
            holds = plan.on(day)
            expected = [each for each in plan.revisions if each.state == AGREED]
            expected = [each for each in expected if each.valid_from <= day]
            assert holds == (expected[-1] if expected else None)


def test_one_side_cannot_agree_for_the_other() -> None:
    plan = rules.discussed(draft())
    once = rules.agreed(plan, "employee", NOW)
    again = rules.agreed(once, "employee", NOW + timedelta(1))
    assert again == once
    assert once.newest.agreed_by_leader_at is None
    assert rules.agreed(again, "leader", NOW).newest.state == AGREED


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ((), "no main result"),
        ((result(main=False, indicators=(target(),)),), "no main result"),
        ((result(indicators=(target(),)), result()), "Result 2 has no indicator"),
    ],
)
def test_what_is_not_ready_is_not_discussed(results: tuple[Result, ...], words: str) -> None:
    with pytest.raises(PlanRefused, match=words):
        rules.discussed(draft(Document(results)))


def test_steps_out_of_turn_say_what_to_do() -> None:
    agreed = both_agree(draft())
    for step, slug in (
        (lambda: rules.agreed(draft(), "leader", NOW), "plan-not-discussed"),
        (lambda: rules.edited(agreed, Document()), "plan-agreed"),
        (lambda: rules.withdrawn(agreed), "plan-agreed"),
        (lambda: rules.amended(draft(), NEW_YEAR, LEADERS[0]), "plan-open"),
        (lambda: rules.amended(agreed, date(2025, 12, 31), LEADERS[0]), "amendment-too-early"),
    ):
        with pytest.raises(PlanRefused) as refusal:
            step()
        assert refusal.value.slug == slug


def test_an_amendment_of_the_same_day_takes_the_place_of_what_it_amends() -> None:
    amended = both_agree(rules.amended(both_agree(draft()), NEW_YEAR, LEADERS[0]))
    holds = amended.on(NEW_YEAR)
    assert holds is not None
    assert holds.revision == 2
    assert amended.on(NEW_YEAR - timedelta(1)) is None


def test_a_document_that_contradicts_itself_is_refused_by_field() -> None:
    twin = target()
    document = Document(
        (
            result(serves_result_id=uuid4(), serves_goal_id=uuid4(), indicators=(twin,)),
            result(indicators=(twin, target(target_low=Decimal(13)))),
            result(indicators=(target(measure_unit="percent", target_high=Decimal(101)),)),
        )
    )
    assert [refusal.field for refusal in document_refusals(document)] == [
        "results[0].serves_goal_id",
        "results[0].indicators[0].id",
        "results[1].indicators[0].id",
        "results[1].indicators[1].target_high",
        "results[2].indicators[0].target_high",
    ]


def test_what_refers_to_nothing_or_does_not_fit_is_refused_by_field() -> None:
    known = Indicator(
        uuid4(),
        "Waktu",
        "report",
        "minutes",
        "lower",
        Decimal(1),
        Decimal(2),
        aspect="time",
        valid_from=NEW_YEAR,
    )
    goal, above = uuid4(), uuid4()
    fits = target(indicator_id=known.id, measure_unit="minutes", better="lower")
    document = Document(
        (
            result(serves_goal_id=goal, indicators=(fits,)),
            result(serves_result_id=above, indicators=(target(indicator_id=uuid4()),)),
            result(serves_goal_id=above, indicators=(target(indicator_id=known.id),)),
            result(serves_result_id=goal, indicators=(replace(fits, better="higher"),)),
        )
    )
    taken = {document.results[1].id, document.results[2].indicators[0].id}
    there = Known({known.id: known}, {goal}, {above}, taken)
    assert [refusal.field for refusal in reference_refusals(document, there)] == [
        "results[1].id",
        "results[1].indicators[0].indicator_id",
        "results[2].serves_goal_id",
        "results[2].indicators[0].id",
        "results[2].indicators[0].indicator_id",
        "results[3].serves_result_id",
        "results[3].indicators[0].indicator_id",
    ]


def test_the_largest_plan_fits_into_one_event() -> None:
    number = Decimal("99999999999999.999999")
    largest = target(
        measure_unit="working_minutes",
        better="higher",
        target_low=number,
        target_high=number,
        indicator_id=uuid4(),
    )
    targets = [replace(largest, id=uuid4()) for _ in range(MOST_TARGETS_IN_ALL)]
    each = MOST_TARGETS_IN_ALL // MOST_RESULTS
    document = Document(
        tuple(
            result(
                serves_result_id=uuid4(),
                indicators=tuple(targets[at * each : (at + 1) * each]),
            )
            for at in range(MOST_RESULTS)
        )
    )
    plan = both_agree(draft(document))
    for _ in range(MOST_REVISIONS - 1):
        plan = both_agree(rules.amended(plan, NEW_YEAR, LEADERS[0]))
    with pytest.raises(PlanRefused, match="at most"):
        rules.amended(plan, NEW_YEAR, LEADERS[0])
    published = event_of(uuid4(), plan)
    assert isinstance(published, PlanChanged)
    assert LARGEST_BODY // 4 < len(published.body()) < LARGEST_BODY * 3 // 4
