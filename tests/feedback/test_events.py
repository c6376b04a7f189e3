"""The fast writer of first revisions says exactly what the contract says."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.feedback.answers.events import NewAnswer, first_body, scores_of
from shared.contracts import AnswerChannel, AnswerState, SurveyAnswered

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy wants bounds without a zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MARKS = st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=9, max_size=9).filter(any)


@given(
    ids=st.lists(st.uuids(), min_size=4, max_size=4),
    officer=st.one_of(st.none(), st.uuids()),
    channel=st.sampled_from(AnswerChannel),
    occurred_at=MOMENTS,
    received_at=MOMENTS,
    marks=MARKS,
)
def test_first_revisions_equal_the_contract(
    ids: list[UUID],
    officer: UUID | None,
    channel: AnswerChannel,
    occurred_at: datetime,
    received_at: datetime,
    marks: list[int | None],
) -> None:
    tenant, fact, unit, service = ids
    answer = NewAnswer(
        tenant_id=tenant,
        fact_id=fact,
        channel=channel.value,
        unit_id=unit,
        service_id=service,
        officer_id=officer,
        visit_id=None,
        counter_id=None,
        occurred_at=occurred_at,
        received_at=received_at,
        scores=tuple(marks),
        comment="never told",
        sentiment="praise",
        sex="woman",
        age_band=None,
        education=None,
        occupation=None,
        claim=None,
        digest=None,
        traceparent=None,
    )
    event = SurveyAnswered(
        tenant_id=tenant,
        fact_id=fact,
        revision=1,
        counted=True,
        state=AnswerState.ACCEPTED,
        channel=channel,
        unit_id=unit,
        service_id=service,
        officer_id=officer,
        occurred_at=occurred_at,
        received_at=received_at,
        scores=scores_of(marks),
    )
    assert first_body(answer) == event.body()
