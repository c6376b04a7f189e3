"""What is to be told to whom; who may be woken by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewNotice:
    """One person is to be told of one occasion. ``source`` tells two occasions of a kind apart;
    ``traceparent`` is of the step that tells of it."""

    tenant_id: UUID
    person_id: UUID
    occasion: str
    source: str
    unit_id: UUID
    parameters: Mapping[str, Any]
    traceparent: str | None = None

    @property
    def identity(self) -> tuple[UUID, str, str, UUID]:
        return self.tenant_id, self.occasion, self.source, self.person_id


def stream_key(tenant: UUID, person: UUID) -> str:
    """What is announced when a person's inbox changes."""
    return f"{tenant}/{person}"
