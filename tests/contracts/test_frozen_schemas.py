"""The released events: today's models are what was frozen, and still read what was written."""

import json

import pytest
from pydantic import ValidationError

from shared.contracts import EVENTS, Event
from shared.contracts.frozen_schemas import example, findings, frozen_schema, schema_of

EVENT_CLASSES = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())


def test_every_event_is_what_was_released() -> None:
    assert findings() == []


@EVENT_CLASSES
def test_the_released_example_is_read_and_written_again(event: type[Event]) -> None:
    original = json.loads(example(event))
    assert json.loads(event.read(example(event)).body()) == original | _defaults(event, original)


@EVENT_CLASSES
def test_a_field_of_a_newer_writer_is_ignored_by_readers_and_refused_in_writers(
    event: type[Event],
) -> None:
    newer = json.loads(example(event)) | {"unheard_of": 1}
    assert event.read(json.dumps(newer).encode()) == event.read(example(event))
    with pytest.raises(ValidationError):
        event.model_validate(newer)


@EVENT_CLASSES
def test_the_frozen_file_is_exactly_todays_schema(event: type[Event]) -> None:
    assert frozen_schema(event) == schema_of(event)


def _defaults(event: type[Event], original: dict[str, object]) -> dict[str, object]:
    return {
        name: json.loads(json.dumps(field.default))
        for name, field in event.model_fields.items()
        if name not in original and not field.is_required() and field.default is not None
    }
