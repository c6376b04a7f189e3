"""The topic catalogue: name, owner, readers, settings and the events each topic carries."""

from dataclasses import dataclass, field
from datetime import timedelta

from shared.contracts.event import Event
from shared.contracts.feedback import SurveyAnswered
from shared.contracts.measures import IndicatorChanged, PlanChanged
from shared.contracts.notification import DeliveryEnded
from shared.contracts.policies import PolicyChanged
from shared.contracts.registry import (
    AssignmentChanged,
    CounterChanged,
    LeaveChanged,
    PersonChanged,
    PostChanged,
    ReportingLineChanged,
    RosterChanged,
    SatisfactionPolicyChanged,
    ServiceChanged,
    TenantChanged,
    UnitChanged,
)
from shared.contracts.scoring import ScoreChanged
from shared.contracts.working_time import CalendarChanged, PeriodChanged


@dataclass(frozen=True)
class Topic:
    """``readers`` are the services that consume it: the side to deploy first is named by them."""

    name: str
    owner: str
    readers: tuple[str, ...]
    events: tuple[type[Event], ...]
    partitions: int = 24
    settings: dict[str, str] = field(default_factory=dict)


def _kept_for(time: timedelta) -> dict[str, str]:
    return {"retention.ms": str(int(time.total_seconds() * 1000))}


REGISTRY_CHANGES = Topic(
    name="registry.changes.v1",
    owner="registry",
    readers=("feedback", "scoring", "notification"),
    events=(
        TenantChanged,
        UnitChanged,
        PersonChanged,
        PostChanged,
        AssignmentChanged,
        LeaveChanged,
        ReportingLineChanged,
        ServiceChanged,
        CounterChanged,
        RosterChanged,
        IndicatorChanged,
        PlanChanged,
        SatisfactionPolicyChanged,
        PolicyChanged,
        PeriodChanged,
        CalendarChanged,
    ),
    # A compacted topic never gains partitions: keys would move. Growth is a new version.
    settings={"cleanup.policy": "compact", "delete.retention.ms": str(28 * 86_400_000)},
)

FACTS = Topic(
    name="feedback.facts.v1",
    owner="feedback",
    readers=("scoring", "notification"),
    events=(SurveyAnswered,),
    # Longer than the oldest backup, so that a restored database can read again what it lost.
    settings={"cleanup.policy": "delete"} | _kept_for(timedelta(days=400)),
)

RESULTS = Topic(
    name="scoring.results.v1",
    owner="scoring",
    readers=("notification",),
    events=(ScoreChanged,),
    settings={"cleanup.policy": "delete"} | _kept_for(timedelta(days=90)),
)

DELIVERIES = Topic(
    name="notification.deliveries.v1",
    owner="notification",
    readers=(),
    events=(DeliveryEnded,),
    settings={"cleanup.policy": "delete"} | _kept_for(timedelta(days=90)),
)

TOPICS: dict[str, Topic] = {
    topic.name: topic for topic in (REGISTRY_CHANGES, FACTS, RESULTS, DELIVERIES)
}

EVENTS: dict[str, type[Event]] = {
    event.type: event for topic in TOPICS.values() for event in topic.events
}
