"""What to publish so that every replica follows the restored registry again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID


class Key(NamedTuple):
    """An entity; ``kind`` as in the key of its records."""

    tenant_id: UUID
    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class State:
    """What was published last of an entity."""

    version: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """``again`` gives the version above which an entity is published again; ``gone`` are those that
    are published as deleted."""

    again: Mapping[Key, int]
    gone: Sequence[Key]


def plan(
    stored: Mapping[Key, int], published: Mapping[Key, State], *, waiting: Collection[Key]
) -> Plan:
    """Compare the versions of the restored registry with the newest published ones.

    The registry decides, as it was restored. An entity whose topic is ahead of it is published
    again above that version. One that only the topic knows was made after the backup: without its
    row nobody could ever end or correct it, so it is deleted. One that the topic lacks is
    published, unless it is ``waiting`` in the restored outbox.
    """
    again = {}
    for key, version in stored.items():
        known = published.get(key)
        if known is not None and known.version > version:
            again[key] = known.version
        elif (known is None or known.version < version) and key not in waiting:
            again[key] = version
    gone = [
        key
        for key, state in published.items()
        if key not in stored and key not in waiting and not state.deleted
    ]
    return Plan(again, sorted(gone))
