"""Policies: dated documents that say by which rules a tenant, or a unit of it, is evaluated.

A document names only what it wants to say: absent fields are left to the next level above, and
finally to the regulation. Defaults and sources: ``regulations``.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Part
from shared.contracts.measures import BehaviourValue
from shared.contracts.registry import EntityChanged

Days = Annotated[int, Field(ge=1, le=3660)]
Percent = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6)]
Some = Annotated[int, Field(ge=1, le=1000)]


class RaterGroup(StrEnum):
    """Who assesses behaviour."""

    SUPERIOR = "superior"
    PEER = "peer"
    SUBORDINATE = "subordinate"
    SELF = "self"
    CITIZEN = "citizen"


class Weight(Part):
    """Percent of a group's mean in the mean of a value; 0: shown, not counted."""

    group: RaterGroup
    percent: Percent


class RatingPolicy(Part):
    """How results and behaviour become a rating (rules, section 1)."""

    policy_kind: Literal["rating"] = "rating"
    scheme: Literal["matrix", "numeric"] | None = None
    """``matrix`` is PermenPANRB 6/2022, ``numeric`` PP 30/2019."""
    above_share: Share | None = None
    """Results are *above* where more than this share is above and no main result is below."""
    below_share: Share | None = None
    """Results are *below* where more than this share is below."""
    main_below_share: Share | None = None
    """Results are *as* only where less than this share of the main ones is below."""
    distribution_minimum: Some | None = None
    """People in a group from which on the guidance on distribution is checked."""
    trial: bool | None = None
    """Scores are shown to their owner only, and nobody is rated."""
    open_to_staff: bool | None = None
    """Unit results, one's own place and recognitions are shown to all staff."""


class BehaviourPolicy(Part):
    """Who assesses behaviour, and how much each counts (rules, section 1). Weights of a document
    are stated together and sum to 100."""

    policy_kind: Literal["behaviour"] = "behaviour"
    officials: Annotated[tuple[Weight, ...], Field(max_length=5)] | None = None
    """Weights for those who lead others."""
    staff: Annotated[tuple[Weight, ...], Field(max_length=5)] | None = None
    minimum_peers: Some | None = None
    minimum_subordinates: Some | None = None
    fewest_peers: Some | None = None
    most_peers: Some | None = None
    most_assessments: Some | None = None
    """Assessments per rater and period."""
    peers_of_other_teams: bool | None = None
    interval: Literal["monthly", "quarterly", "yearly"] | None = None
    missing_group: Literal["reweigh", "pending"] | None = None
    """What becomes of a missing group's weight when the window closes."""
    below_until: Decimal | None = None
    """Marks 1 to 3: a mean under it is *below*."""
    above_from: Decimal | None = None


class NumericPolicy(Part):
    """The scheme of PP 30/2019 (rules, section 2)."""

    policy_kind: Literal["numeric"] = "numeric"
    results_percent: Percent | None = None
    results_percent_with_opinions: Percent | None = None
    cap: Annotated[int, Field(ge=100, le=200)] | None = None
    very_good_from: Annotated[int, Field(ge=0, le=200)] | None = None
    good_from: Annotated[int, Field(ge=0, le=200)] | None = None
    fair_from: Annotated[int, Field(ge=0, le=200)] | None = None
    poor_from: Annotated[int, Field(ge=0, le=200)] | None = None
    mark_factor: Annotated[int, Field(ge=1, le=100)] | None = None


class ComplaintPolicy(Part):
    """Clocks of complaints in working days, except ``reply_days`` (rules, section 4)."""

    policy_kind: Literal["complaints"] = "complaints"
    verify: Days | None = None
    first_answer: Days | None = None
    reply_days: Days | None = None
    completion_information: Days | None = None
    completion_without_supervision: Days | None = None
    completion_with_supervision: Days | None = None


class EvaluationPolicy(Part):
    """Periods and the clocks of an evaluation in working days (rules, section 1)."""

    policy_kind: Literal["evaluation"] = "evaluation"
    length: Literal["monthly", "quarterly"] | None = None
    document_to_employee: Days | None = None
    signed_back: Days | None = None
    report_upward: Days | None = None
    reviewer_signs: Days | None = None
    reviewer_first_step: Days | None = None
    reviewer_second_step: Days | None = None
    objection: Days | None = None
    objection_decision: Days | None = None
    themes: (
        Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=20)
        ]
        | None
    ) = None
    """What the evaluation is about, in the tenant's words; indicators name one of them."""
    behaviour_of_citizens: BehaviourValue | None = None
    """The value that citizens' marks feed, where citizens count as raters."""


class FollowUpPolicy(Part):
    """Needs for training, recognition, anonymity of raters (rules, sections 6 and 8)."""

    policy_kind: Literal["follow_up"] = "follow_up"
    training_share: Percent | None = None
    training_group: Some | None = None
    """People of a group from which on its share is looked at."""
    training_times: Some | None = None
    """Periods in a row below the threshold that make it a need of one person."""
    minimum_group: Some | None = None
    """Raters below which nothing of them is shown."""


PolicyDocument = Annotated[
    RatingPolicy
    | BehaviourPolicy
    | NumericPolicy
    | ComplaintPolicy
    | EvaluationPolicy
    | FollowUpPolicy,
    Field(discriminator="policy_kind"),
]


class PolicyChanged(EntityChanged):
    """One document of a tenant, or of one unit and those below it.

    Of several of a kind on the same unit the one with the latest ``valid_from`` not after the
    period's first day holds. Field by field the nearest unit up the tree that says something wins,
    then the tenant, then the regulation.
    """

    type: ClassVar[str] = "registry.policy.v1"
    kind: ClassVar[str] = "policy"

    unit_id: UUID | None = None
    valid_from: date
    document: PolicyDocument
