"""The events and the topic catalogue: the only vocabulary the services share."""

from shared.contracts.event import Event, Instant
from shared.contracts.feedback import (
    ELEMENTS,
    AnswerChannel,
    AnswerState,
    Element,
    Scores,
    SurveyAnswered,
)
from shared.contracts.registry import (
    AssignmentChanged,
    AssignmentKind,
    EntityChanged,
    PersonChanged,
    PersonKind,
    SatisfactionPolicyChanged,
    ServiceChanged,
    SwitchedOffElement,
    TenantChanged,
    UnitChanged,
)
from shared.contracts.scoring import CardChange, Grade, ScoreChanged, SubjectKind
from shared.contracts.service_time import (
    EARLIEST_SERVICE,
    SERVICE_BEFORE,
    SERVICE_YEARS,
    ServiceDay,
    ServiceTime,
    is_service_day,
    is_service_time,
)
from shared.contracts.topics import EVENTS, FACTS, REGISTRY_CHANGES, RESULTS, TOPICS, Topic

__all__ = [
    "EARLIEST_SERVICE",
    "ELEMENTS",
    "EVENTS",
    "FACTS",
    "REGISTRY_CHANGES",
    "RESULTS",
    "SERVICE_BEFORE",
    "SERVICE_YEARS",
    "TOPICS",
    "AnswerChannel",
    "AnswerState",
    "AssignmentChanged",
    "AssignmentKind",
    "CardChange",
    "Element",
    "EntityChanged",
    "Event",
    "Grade",
    "Instant",
    "PersonChanged",
    "PersonKind",
    "SatisfactionPolicyChanged",
    "ScoreChanged",
    "Scores",
    "ServiceChanged",
    "ServiceDay",
    "ServiceTime",
    "SubjectKind",
    "SurveyAnswered",
    "SwitchedOffElement",
    "TenantChanged",
    "Topic",
    "UnitChanged",
    "is_service_day",
    "is_service_time",
]
