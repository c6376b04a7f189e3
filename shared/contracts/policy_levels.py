"""Which value of each field of the policies holds for a unit on a day. Pure: the registry shows it,
scoring computes by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from shared.contracts.policies import PolicyDocument
from shared.contracts.regulations import REGULATIONS


class Stated(Protocol):
    """A policy as it is stored or as it travels; without ``unit_id`` it is the tenant's."""

    @property
    def unit_id(self) -> UUID | None: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def document(self) -> PolicyDocument: ...


S = TypeVar("S", bound=Stated)


@dataclass(frozen=True, slots=True)
class Held(Generic[S]):
    """A value and the policy that says so; without one the regulation does."""

    value: Any
    policy: S | None


@dataclass(frozen=True, slots=True)
class Regulation:
    """The complete document of one kind, and the name of its source."""

    name: str
    document: PolicyDocument


REGULATION_OF: Final[Mapping[str, Regulation]] = {
    document.policy_kind: Regulation(name, document)
    for name, documents in REGULATIONS.items()
    for document in documents
}
"""By kind of policy."""


def said(document: PolicyDocument) -> dict[str, Any]:
    """The fields that a document says something about, without its kind."""
    fields = dict(document)
    del fields["policy_kind"]
    return {field: value for field, value in fields.items() if value is not None}


def in_force(
    policies: Iterable[S], levels: Sequence[UUID | None], on: date
) -> dict[str, dict[str, Held[S]]]:
    """For each kind of policy and each of its fields the value that holds.

    ``levels`` are the ids of the unit and those above it, the nearest first, then None for the
    tenant; ``on`` is the first day of the period. Of several policies of a kind at one level the
    one with the latest ``valid_from`` not after ``on`` holds there. Field by field the nearest
    level that says something wins, and finally the regulation.
    """
    latest: dict[tuple[str, UUID | None], S] = {}
    for policy in sorted(policies, key=lambda policy: policy.valid_from):
        if policy.valid_from <= on:
            latest[policy.document.policy_kind, policy.unit_id] = policy
    found: dict[str, dict[str, Held[S]]] = {}
    for kind, regulation in REGULATION_OF.items():
        fields: dict[str, Held[S]] = {
            field: Held(value, None) for field, value in said(regulation.document).items()
        }
        for level in reversed(levels):
            if (kind, level) in latest:
                policy = latest[kind, level]
                for field, value in said(policy.document).items():
                    fields[field] = Held(value, policy)
        found[kind] = fields
    return found


def complete(kind: str, fields: Mapping[str, Held[Any]]) -> PolicyDocument:
    """The document of a kind with every field at the value that holds."""
    return REGULATION_OF[kind].document.model_copy(
        update={field: held.value for field, held in fields.items()}
    )
