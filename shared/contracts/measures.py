"""Events of what is measured: indicators, and the plans that people and leaders agree on."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Part
from shared.contracts.registry import EntityChanged, Name, PostKind

Quantity = Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
"""An exact number in its measure unit; it travels as a string."""


class MeasureUnit(StrEnum):
    """Units of targets (rules, section 1; design, section 7)."""

    COUNT = "count"
    PERCENT = "percent"
    INDEX = "index"
    MINUTES = "minutes"
    WORKING_MINUTES = "working_minutes"
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    RUPIAH = "rupiah"


class IndicatorSource(StrEnum):
    """Where the figures of an indicator come from."""

    VISIT_DURATION = "visit_duration"
    SHARE_ON_TIME = "share_on_time"
    COUNT = "count"
    COMPLAINT_FIRST_RESPONSE = "complaint_first_response"
    RESOLUTION_SHARE = "resolution_share"
    UNIT_SATISFACTION = "unit_satisfaction"
    REPORT = "report"
    ATTENDANCE = "attendance"
    INNOVATION = "innovation"
    MEASUREMENT = "measurement"


class Better(StrEnum):
    """The direction of a target."""

    HIGHER = "higher"
    LOWER = "lower"


class Aspect(StrEnum):
    """What an indicator looks at."""

    QUANTITY = "quantity"
    QUALITY = "quality"
    TIME = "time"
    COST = "cost"


class BehaviourValue(StrEnum):
    """The BerAKHLAK values."""

    BERORIENTASI_PELAYANAN = "berorientasi_pelayanan"
    AKUNTABEL = "akuntabel"
    KOMPETEN = "kompeten"
    HARMONIS = "harmonis"
    LOYAL = "loyal"
    ADAPTIF = "adaptif"
    KOLABORATIF = "kolaboratif"


class Band(Part):
    """From ``lower`` (included) to ``upper`` (excluded); without one it goes on for ever."""

    lower: Quantity | None = None
    upper: Quantity | None = None
    points: Annotated[int, Field(ge=0, le=120)]


class IndicatorChanged(EntityChanged):
    """What is measured, of whom, and from which value on it is as expected.

    The target is a closed range: inside it, ends included, *as*; better *above*; worse *below*.
    ``bands``, where given, leave no gap and do not overlap. It applies to a unit and those below
    it (absent: the whole tenant), there to one person, one kind of post, or everybody.
    """

    type: ClassVar[str] = "registry.indicator.v1"
    kind: ClassVar[str] = "indicator"

    name: Name
    source: IndicatorSource
    measure_unit: MeasureUnit
    better: Better
    target_low: Quantity
    target_high: Quantity
    bands: tuple[Band, ...] = ()
    aspect: Aspect
    theme: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    weight: Quantity = Decimal(1)
    service_id: UUID | None = None
    unit_id: UUID | None = None
    post_kind: PostKind | None = None
    person_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None


class PlanState(StrEnum):
    """draft, then discussed, then agreed by both; an amendment starts again from draft."""

    DRAFT = "draft"
    DISCUSSED = "discussed"
    AGREED = "agreed"


class PlanIndicator(Part):
    """A personal target; ``indicator_id`` where its figures come from an indicator of the
    tenant."""

    id: UUID
    aspect: Aspect
    measure_unit: MeasureUnit
    better: Better
    target_low: Quantity
    target_high: Quantity
    indicator_id: UUID | None = None


class PlanResult(Part):
    """A result that is expected. It may serve a result of the leader or a goal of the region."""

    id: UUID
    main: bool
    serves_result_id: UUID | None = None
    serves_goal_id: UUID | None = None
    indicators: tuple[PlanIndicator, ...]


class PlanRevision(Part):
    """What was agreed by both, in force from ``valid_from`` until the next revision begins."""

    revision: Annotated[int, Field(ge=1)]
    valid_from: date
    results: tuple[PlanResult, ...]


class PlanChanged(EntityChanged):
    """The plan (SKP) of a person for a period. Its words stay in the registry; ``state`` is that
    of the newest revision, ``agreed`` are the revisions that count."""

    type: ClassVar[str] = "registry.plan.v1"
    kind: ClassVar[str] = "plan"

    person_id: UUID
    period_id: UUID
    leader_id: UUID
    state: PlanState
    agreed: tuple[PlanRevision, ...] = ()
