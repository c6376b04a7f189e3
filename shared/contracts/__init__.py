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
from shared.contracts.topics import EVENTS, FACTS, REGISTRY_CHANGES, RESULTS, TOPICS, Topic

__all__ = [
    "ELEMENTS",
    "EVENTS",
    "FACTS",
    "REGISTRY_CHANGES",
    "RESULTS",
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
    "SubjectKind",
    "SurveyAnswered",
    "SwitchedOffElement",
    "TenantChanged",
    "Topic",
    "UnitChanged",
]
