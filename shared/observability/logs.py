"""Structured logs: a sentence for people, a stable `action` for machines, never personal data.

log = structlog.get_logger()
log.info("Published 12 events", action="relay.published", count=12)
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from shared.observability.trace import current_request_id, current_traceparent

FORBIDDEN_KEYS: Final = frozenset(
    {"name", "nik", "nip", "phone", "email", "comment", "token", "authorization", "password"}
)
"""Keys whose value is dropped wherever they appear in a log entry, in any case and at any depth."""

_DETAIL: Final = re.compile(r"^\s*DETAIL:.*\n?", re.MULTILINE)
_QUOTED_INPUT: Final = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)


def configure_logs(level: str, log_format: Literal["json", "console"], *, service: str) -> None:
    """Send structlog and the standard library's loggers to stderr, one line per entry."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_context(service),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        drop_personal_data,
    ]
    ending: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # FastStream's own logger comes with a handler and keeps its entries to itself.
    own = logging.getLogger("faststream")
    own.handlers.clear()
    own.propagate = True
    for noisy in ("uvicorn", "aiokafka", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def drop_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace the value of every forbidden key by `[dropped]`, and the values that database and
    validation errors quote in tracebacks."""
    cleaned = {key: _clean(key, value) for key, value in event.items()}
    if isinstance(trace := cleaned.get("exception"), str):
        cleaned["exception"] = _QUOTED_INPUT.sub("input_value=[dropped]", _DETAIL.sub("", trace))
    return cleaned


def _clean(key: object, value: Any) -> Any:
    if isinstance(key, str) and key.lower() in FORBIDDEN_KEYS:
        return "[dropped]"
    if isinstance(value, Mapping):
        return {k: _clean(k, v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(None, v) for v in value]
    return value


def _with_context(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        if (request_id := current_request_id()) is not None:
            event.setdefault("request_id", request_id)
        if (traceparent := current_traceparent()) is not None:
            event.setdefault("trace_id", traceparent.split("-")[1])
        return event

    return add
