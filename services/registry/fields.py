"""Fields that requests of several capabilities have."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from shared.contracts.measures import Quantity


def _visible(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold line breaks or invisible characters")
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_visible),
]
"""A name: one line, not empty, at most 200 characters."""

Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    AfterValidator(_visible),
]
"""A code or a kind: one line, not empty, at most 40 characters."""


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_visible),
]
"""One line of a list for people to read, at most 500 characters."""


def _legible(text: str) -> str:
    if not text.replace("\n", "").isprintable():
        raise ValueError("must not hold tabs or invisible characters; line breaks are fine")
    return text


Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(_legible),
]
"""A text for people to read, with line breaks, at most 4,000 characters."""


def _plain(amount: Decimal) -> Decimal:
    return Decimal(f"{amount.normalize() + 0:f}")  # -0 plus 0 is 0


Amount = Annotated[Quantity, Field(ge=0), AfterValidator(_plain)]
"""Contracts' `Quantity`, not negative, without needless zeros: equal ones look equal."""


def _once(ids: tuple[UUID, ...]) -> tuple[UUID, ...]:
    return tuple(sorted(set(ids)))


Ids = Annotated[tuple[UUID, ...], Field(max_length=1000), AfterValidator(_once)]
"""Ids of the same kind of thing, at most 1,000, each once and in order."""


def _whole_minutes(clock: time) -> time:
    if clock.tzinfo or clock.second or clock.microsecond:
        raise ValueError("must be a time of day in whole minutes without a zone, such as 07:30")
    return clock


Clock = Annotated[
    time,
    AfterValidator(_whole_minutes),
    PlainSerializer(lambda clock: f"{clock:%H:%M}", return_type=str),
    # The format "time" of JSON Schema has a zone.
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""What a clock in the tenant's zone shows, such as 07:30; in requests and in answers."""


OnDay = Annotated[date | None, Query(description="Without it: today, in the tenant's zone")]
"""The day that a question is about."""


class Body(BaseModel):
    """A request body, written closed: a misspelt field is refused instead of ignored."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that the caller sent. The defaults of a PATCH body only mark them optional."""
        return {field: getattr(self, field) for field in self.model_fields_set}
