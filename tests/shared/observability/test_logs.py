"""Log entries: a sentence, an action, the request, and nobody's data."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from shared.observability.logs import FORBIDDEN_KEYS, configure_logs
from shared.observability.trace import carrying, current_traceparent


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def entry(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    decoded: dict[str, Any] = json.loads(lines[0])
    return decoded


def test_one_line_with_sentence_action_and_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json", service="feedback")
    with carrying(f"00-{'a' * 32}-{'b' * 16}-01"):
        structlog.get_logger().info("Published 12 events", action="relay.published", count=12)
    assert current_traceparent() is None
    found = entry(capsys)
    assert found.pop("timestamp").endswith("Z")
    assert found == {
        "event": "Published 12 events",
        "action": "relay.published",
        "count": 12,
        "level": "info",
        "service": "feedback",
        "trace_id": "a" * 32,
    }


@pytest.mark.parametrize("key", sorted(FORBIDDEN_KEYS))
def test_personal_data_is_dropped_at_any_depth(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info", "json", service="feedback")
    structlog.get_logger().info(
        "x", action="x", **{key.upper(): "Budi", "deep": [{"a": {key: ["Budi"]}}]}
    )
    found = entry(capsys)
    assert "Budi" not in json.dumps(found)
    assert found["deep"] == [{"a": {key: "[dropped]"}}]


class Person(BaseModel):
    born: int


def test_tracebacks_do_not_quote_what_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json", service="feedback")
    log = structlog.get_logger()
    sent = {"born": "Bu" + "di\nSantoso"}
    try:
        Person.model_validate(sent)
    except ValidationError:
        log.exception("x", action="x")
    found = entry(capsys)
    assert "ValidationError" in found["exception"]
    assert "Budi" not in found["exception"]
    words = "duplicate key\nDETAIL:  Key (code)=(Budi) already exists."
    try:
        raise ValueError(words)
    except ValueError:
        log.exception("x", action="x")
    found = entry(capsys)
    assert "duplicate key" in found["exception"]
    assert "Budi" not in found["exception"]


def test_libraries_log_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json", service="feedback")
    logging.getLogger("faststream").warning("Odd: %s", "thing")
    logging.getLogger("uvicorn.error").info("not shown")
    found = entry(capsys)
    assert (found["event"], found["level"], found["service"]) == (
        "Odd: thing",
        "warning",
        "feedback",
    )


def test_the_console_form_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "console", service="feedback")
    structlog.get_logger().info("Published 12 events", action="relay.published")
    assert "Published 12 events" in capsys.readouterr().err
