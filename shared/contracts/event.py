"""What all events have in common. Written closed (unknown fields refused), read open."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time whose UTC is of the years 1 to 9999") from None


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment with a zone, kept in UTC."""


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Part):
    """One state of one fact, entity or score.

    ``type`` is the CloudEvents type and names the frozen schema; ``topic`` the catalogue name of
    the topic that carries it. Events hold ids only: no names, numbers of persons, or free text.
    """

    type: ClassVar[str]
    topic: ClassVar[str]

    tenant_id: UUID

    def key(self) -> str:
        """The partition key: everything of one key arrives in the order it was written."""
        return f"{self.tenant_id}/{self.subject()}"

    def subject(self) -> str:
        """What the event is about, inside its tenant (CloudEvents ``subject``)."""
        raise NotImplementedError

    def body(self) -> bytes:
        """The JSON that travels. Absent optional fields are left out."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Parse a record's value; fields of a newer writer are ignored.

        Raises ``pydantic.ValidationError`` where a known field is missing or not of its type.
        """
        return cls.model_validate_json(body, extra="ignore")
