"""The W3C trace context and request id of the work in hand, carried in context variables.

Nothing is exported from here: the traceparent travels with the events, so that whoever traces can
join both ends. ``spans`` records what happens between them, where that is wanted.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

traceparent_var: ContextVar[str | None] = ContextVar("tera_traceparent", default=None)
request_id_var: ContextVar[str | None] = ContextVar("tera_request_id", default=None)


def current_traceparent() -> str | None:
    """The traceparent to store beside what is written now; None outside a request or record."""
    return traceparent_var.get()


def current_request_id() -> str | None:
    """Id of the HTTP request in hand; None outside of one."""
    return request_id_var.get()


def valid_traceparent(value: str) -> bool:
    """True when `value` is a W3C traceparent that may be passed on (version 00 to fe, ids not
    zero).
    """
    return _TRACEPARENT.fullmatch(value) is not None


def valid_request_id(value: str) -> bool:
    """True when a caller's request id is short and plain enough to be echoed and logged."""
    return _REQUEST_ID.fullmatch(value) is not None


@contextmanager
def carrying(traceparent: str | None) -> Iterator[None]:
    """Make a record's traceparent the current one while it is handled."""
    token = traceparent_var.set(traceparent)
    try:
        yield
    finally:
        traceparent_var.reset(token)
