"""Which satisfaction policy holds: the nearest one up the tree, as of the period's first day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Policy:
    """How satisfaction is computed. ``id`` is None for the default that ships with the system.

    ``switched_off`` pairs an element with the service it is not asked for (None: for all).
    """

    id: UUID | None = None
    version: int | None = None
    unit_id: UUID | None = None
    valid_from: date = date.min
    weight_decimals: int | None = None
    switched_off: frozenset[tuple[str, UUID | None]] = field(default_factory=frozenset)
    minimum_sample: int = 30
    shrinkage: int = 30

    def off_for(self, service: UUID) -> frozenset[str]:
        """Elements that this service does not ask for."""
        return frozenset(e for e, only in self.switched_off if only is None or only == service)


DEFAULT = Policy()


def path_upward(unit: UUID, parents: Mapping[UUID, UUID | None]) -> list[UUID]:
    """The unit and those above it, nearest first.

    Ends at an unknown unit, and at one seen before: between two changes that arrive out of order
    the replica's tree may hold a circle.
    """
    path: list[UUID] = []
    step: UUID | None = unit
    while step is not None and step not in path:
        path.append(step)
        step = parents.get(step)
    return path


def choose_policy(path: Iterable[UUID], policies: Iterable[Policy], *, on: date) -> Policy:
    """The policy of the nearest unit of ``path``, else the tenant's, else the default.

    On one unit the latest ``valid_from`` not after ``on`` holds; of two with the same day the one
    with the greater id, so that the order of arrival never decides.
    """
    holding: dict[UUID | None, Policy] = {}
    for policy in policies:
        if policy.id is None or policy.valid_from > on:
            continue
        rival = holding.get(policy.unit_id)
        if rival is None or _rank(policy) > _rank(rival):
            holding[policy.unit_id] = policy
    return next((holding[at] for at in [*path, None] if at in holding), DEFAULT)


def _rank(policy: Policy) -> tuple[date, int]:
    return policy.valid_from, policy.id.int if policy.id else 0
