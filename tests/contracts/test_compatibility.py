"""A change that breaks a reader is refused with the name of the side to deploy first."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from shared.contracts import SurveyAnswered
from shared.contracts import frozen_schemas as frozen
from shared.contracts.compatibility import First, compare

RELEASED = frozen.schema_of(SurveyAnswered)

Edit = Callable[[dict[str, Any]], object]

CHANGES: list[tuple[str, Edit, First]] = [
    (
        "a new optional field",
        lambda schema: schema["properties"].update(kiosk={"type": "string"}),
        First.EITHER,
    ),
    (
        "an optional field removed",
        lambda schema: schema["properties"].pop("officer_id"),
        First.EITHER,
    ),
    (
        "a required field removed",
        lambda schema: (schema["properties"].pop("counted"), schema["required"].remove("counted")),
        First.READERS,
    ),
    ("a field made optional", lambda schema: schema["required"].remove("counted"), First.READERS),
    (
        "a new value",
        lambda schema: schema["$defs"]["AnswerChannel"]["enum"].append("kiosk"),
        First.READERS,
    ),
    (
        "a bound loosened",
        lambda schema: schema["$defs"]["Scores"]["properties"]["biaya"]["anyOf"][0].update(
            maximum=5
        ),
        First.READERS,
    ),
    (
        "a required field added",
        lambda schema: (
            schema["properties"].update(kiosk={"type": "string"}),
            schema["required"].append("kiosk"),
        ),
        First.WRITER,
    ),
    ("a field made required", lambda schema: schema["required"].append("officer_id"), First.WRITER),
    (
        "a value removed",
        lambda schema: schema["$defs"]["AnswerChannel"]["enum"].remove("paper"),
        First.WRITER,
    ),
    (
        "a bound tightened",
        lambda schema: schema["properties"]["revision"].update(minimum=2),
        First.WRITER,
    ),
]


@pytest.mark.parametrize(
    ("edit", "first"), [change[1:] for change in CHANGES], ids=[change[0] for change in CHANGES]
)
def test_each_kind_of_change_names_its_side(edit: Edit, first: First) -> None:
    current = deepcopy(RELEASED)
    edit(current)
    assert {change.first for change in compare(RELEASED, current)} == {first}


def test_a_changed_type_breaks_both_sides() -> None:
    current = deepcopy(RELEASED)
    current["properties"]["revision"] = {"type": "string"}
    assert {change.first for change in compare(RELEASED, current)} == {First.READERS, First.WRITER}


def test_words_for_people_are_not_a_change() -> None:
    current = deepcopy(RELEASED)
    current["description"] = current["properties"]["unit_id"]["title"] = "other words"
    assert compare(RELEASED, current) == []


def test_the_sentence_names_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    older = deepcopy(RELEASED)
    older["required"].append("kiosk")
    older["properties"]["kiosk"] = {"type": "string"}
    released = {SurveyAnswered: older}
    monkeypatch.setattr(
        frozen, "frozen_schema", lambda event: released.get(event, frozen.schema_of(event))
    )
    (sentence,) = frozen.findings()
    assert "kiosk was removed" in sentence
    order = "Deploy the readers first (scoring, notification), then the writer (feedback)"
    assert order in sentence
