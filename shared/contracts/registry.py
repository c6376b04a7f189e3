"""Entities of the registry. Each event is the whole current state of one entity."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event, Part
from shared.contracts.feedback import Element

Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class PersonKind(StrEnum):
    """Who may work at a counter. Only civil servants and PPPK are rated."""

    CIVIL_SERVANT = "civil_servant"
    PPPK = "pppk"
    NON_ASN = "non_asn"
    OTHER_INSTITUTION = "other_institution"
    STATE_OFFICIAL = "state_official"


class AssignmentKind(StrEnum):
    """Definitive ones of a person never overlap; acting and double posts may."""

    DEFINITIVE = "definitive"
    ACTING = "acting"
    DOUBLE = "double"


class Duty(StrEnum):
    """What a person answers for in the unit of an assignment; by it notices find their readers."""

    HEAD = "head"
    SURVEY_OFFICER = "survey_officer"
    COMPLAINT_OFFICER = "complaint_officer"
    PERSONNEL_OFFICER = "personnel_officer"


class PostKind(StrEnum):
    """What sort of post: led by decree, by expertise, or carrying out."""

    STRUCTURAL = "structural"
    FUNCTIONAL = "functional"
    EXECUTOR = "executor"


class LeaveEffect(StrEnum):
    """What a leave means for an evaluation. Its reason may concern health and stays in the
    registry."""

    ABSENT = "absent"
    STUDY = "study"
    NOT_RATED = "not_rated"


class EntityChanged(Event):
    """``version`` rises by one with each change; a replica applies only a greater one.

    ``deleted`` is a state like any other, so that a deletion can be overtaken and repeated.
    """

    topic: ClassVar[str] = "registry.changes.v1"
    kind: ClassVar[str]

    id: UUID
    version: Version
    deleted: bool = False

    def subject(self) -> str:
        return f"{self.kind}/{self.id}"


class TenantChanged(EntityChanged):
    """An employer: city, regency, province, agency. Its ``id`` equals its ``tenant_id``."""

    type: ClassVar[str] = "registry.tenant.v1"
    kind: ClassVar[str] = "tenant"

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
    name: Name
    zone: Annotated[str, Field(min_length=1, max_length=64)]
    """IANA time zone; decides to which month an answer belongs."""


class UnitState(Part):
    """What a unit is from ``valid_from`` on, until the next state begins."""

    valid_from: date
    parent_id: UUID | None = None
    name: Name
    unit_kind: Annotated[str, Field(min_length=1, max_length=40)]


class UnitChanged(EntityChanged):
    """A part of the tenant: OPD, UPT, sub-district. ``unit_kind`` is the tenant's own word.

    ``parent_id``, ``name`` and ``unit_kind`` are those of the day it was published; on the day a
    later state begins it is published again. ``states`` are all of them, the oldest first.
    """

    type: ClassVar[str] = "registry.unit.v1"
    kind: ClassVar[str] = "unit"

    parent_id: UUID | None = None
    name: Name
    unit_kind: Annotated[str, Field(min_length=1, max_length=40)]
    states: tuple[UnitState, ...] = ()
    ended_on: date | None = None
    """The first day it is no more."""
    merged_into_id: UUID | None = None
    """The unit that goes on with its work from ``ended_on``."""


class PersonChanged(EntityChanged):
    """Somebody who serves, assesses or is rated. No name and no number: ids only."""

    type: ClassVar[str] = "registry.person.v1"
    kind: ClassVar[str] = "person"

    person_kind: PersonKind


class AssignmentChanged(EntityChanged):
    """A person works in a unit from ``valid_from`` (included) to ``valid_until`` (excluded)."""

    type: ClassVar[str] = "registry.assignment.v1"
    kind: ClassVar[str] = "assignment"

    person_id: UUID
    unit_id: UUID
    assignment_kind: AssignmentKind
    valid_from: date
    valid_until: date | None = None
    duties: tuple[Duty, ...] = ()
    post_id: UUID | None = None


class PostChanged(EntityChanged):
    """A post of a unit; who holds it is said by assignments."""

    type: ClassVar[str] = "registry.post.v1"
    kind: ClassVar[str] = "post"

    unit_id: UUID
    title: Name
    post_kind: PostKind


class LeaveChanged(EntityChanged):
    """A person is away from ``valid_from`` (included) to ``valid_until`` (excluded)."""

    type: ClassVar[str] = "registry.leave.v1"
    kind: ClassVar[str] = "leave"

    person_id: UUID
    effect: LeaveEffect
    valid_from: date
    valid_until: date | None = None


class ReportingLineChanged(EntityChanged):
    """Who assesses a person, and who reviews that, from ``valid_from`` to before ``valid_until``.

    Lines of one person never overlap. Nobody stands above themselves on any day.
    """

    type: ClassVar[str] = "registry.reporting_line.v1"
    kind: ClassVar[str] = "reporting_line"

    person_id: UUID
    assessor_id: UUID
    reviewer_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None


class ServiceChanged(EntityChanged):
    """Something citizens come for, with the time it is promised in."""

    type: ClassVar[str] = "registry.service.v1"
    kind: ClassVar[str] = "service"

    name: Name
    standard_minutes: Annotated[int, Field(ge=1)] | None = None
    standard_working_days: Annotated[int, Field(ge=1)] | None = None
    """At most one of the two is given."""


class CounterChanged(EntityChanged):
    """A desk of a unit where citizens are served. Who serves there is said by rosters."""

    type: ClassVar[str] = "registry.counter.v1"
    kind: ClassVar[str] = "counter"

    unit_id: UUID
    name: Name
    service_ids: tuple[UUID, ...] = ()
    """What is served there; without one, anything."""


class Shift(Part):
    """From ``starts`` to before ``ends`` of one day, in the tenant's zone."""

    person_id: UUID
    starts: time
    ends: time


class RosterChanged(EntityChanged):
    """Who serves at a counter on one day; shifts of several people may overlap."""

    type: ClassVar[str] = "registry.roster.v1"
    kind: ClassVar[str] = "roster"

    counter_id: UUID
    day: date
    shifts: tuple[Shift, ...] = ()


class SwitchedOffElement(Part):
    """An element that is not asked: for one service, or for all when ``service_id`` is absent."""

    element: Element
    service_id: UUID | None = None


class SatisfactionPolicyChanged(EntityChanged):
    """How satisfaction is computed for a tenant, or for one unit and those below it.

    Of several on the same unit the one with the latest ``valid_from`` not after the period's
    first day holds; the nearest unit up the tree wins, then the tenant, then the default.
    """

    type: ClassVar[str] = "registry.satisfaction_policy.v1"
    kind: ClassVar[str] = "satisfaction_policy"

    unit_id: UUID | None = None
    valid_from: date
    weight_decimals: Literal[2, 3] | None = None
    """Truncate the weight 1/elements to so many decimals (0.11, 0.111), only to reproduce old
    publications; absent: exact."""
    switched_off: tuple[SwitchedOffElement, ...] = ()
    minimum_sample: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Answers below which an index is provisional and a person's evidence is withheld."""
    shrinkage: Annotated[int, Field(ge=0, le=100_000)] = 30
    """k of n / (n + k): how strongly a person's evidence is drawn to the unit's mean."""
