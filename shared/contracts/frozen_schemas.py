"""The schema of each event as it was released, and the check of today's models against it."""

import json
from pathlib import Path
from typing import Any

from shared.contracts.compatibility import Change, First, compare
from shared.contracts.event import Event
from shared.contracts.topics import TOPICS

FOLDER = Path(__file__).parent / "frozen"


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of what is written."""
    return {"$id": f"urn:tera:schema:{event.type}"} | event.model_json_schema(mode="serialization")


def frozen_schema(event: type[Event]) -> dict[str, Any] | None:
    """The released schema, or None for an event that was never released."""
    file = FOLDER / event.type / "schema.json"
    return json.loads(file.read_text()) if file.exists() else None


def example(event: type[Event]) -> bytes:
    """A record's value as released; every later reader must be able to take it."""
    return (FOLDER / event.type / "example.json").read_bytes()


def findings() -> list[str]:
    """A sentence per difference between the released schemas and the models; [] when none."""
    sentences = []
    for topic in TOPICS.values():
        for event in topic.events:
            frozen = frozen_schema(event)
            if frozen is None:
                sentences.append(f"{event.type} is not frozen: run `tera contracts freeze`.")
                continue
            for change in compare(frozen, schema_of(event)):
                sentences.append(f"{event.type}: {_sentence(change, topic.owner, topic.readers)}")
    return sentences


def _sentence(change: Change, owner: str, readers: tuple[str, ...]) -> str:
    field = f"{change.path or 'the body'} {change.what}"
    consumers = ", ".join(readers) or "none yet"
    match change.first:
        case First.READERS:
            return (
                f"{field}, which released readers refuse. Deploy the readers first ({consumers}), "
                f"then the writer ({owner}); then `tera contracts freeze`."
            )
        case First.WRITER:
            return (
                f"{field}, which records already on the topic do not satisfy. Deploy the writer "
                f"first ({owner}) and wait until they are gone, or add a new version of the event; "
                f"then the readers ({consumers}), then `tera contracts freeze`."
            )
        case First.EITHER:
            return f"{field}. Harmless: either side may be first; run `tera contracts freeze`."


def freeze() -> list[str]:
    """Write today's schemas as the released ones; the types that changed."""
    changed = []
    for topic in TOPICS.values():
        for event in topic.events:
            if frozen_schema(event) != schema_of(event):
                file = FOLDER / event.type / "schema.json"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(schema_of(event), indent=1) + "\n")
                changed.append(event.type)
    return changed
