"""Spans of the work in hand, where this process was told to record them; otherwise nothing at all.

A request is sampled at the edge, once. From then on the flag of its traceparent decides, in the
outbox, on the topic and beyond it, so that what is not sampled costs one comparison per record, and
nothing where recording is off. The SDK is loaded only where TERA_OTLP_ENDPOINT is set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal, Protocol

from shared.observability.trace import valid_traceparent
from shared.settings import Settings

Kind = Literal["server", "internal", "producer", "consumer", "client"]
Attributes = Mapping[str, str | int]

_ODD: Final = frozenset("13579bdf")
"""The last digit of the flags, where the lowest bit is set."""
_NOTHING: Final[Mapping[int, str]] = {}


class Span(Protocol):
    """A span under way. ``traceparent`` is what its children carry."""

    @property
    def traceparent(self) -> str: ...

    def end(
        self, *, name: str | None = None, attributes: Attributes | None = None, failed: bool = False
    ) -> None: ...


class Recorder(Protocol):
    """Makes spans and sends them away; never raises, never waits."""

    def chosen(self) -> bool:
        """Whether to record a request that nobody has decided about."""
        ...

    def begin(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> Span: ...

    def close(self) -> None:
        """Send what is left, for a moment at most."""
        ...


_recorder: Recorder | None = None


@contextmanager
def recording(settings: Settings, *, service: str, role: str) -> Iterator[None]:
    """Record the spans of this process while the block runs, where an endpoint is set."""
    global _recorder  # noqa: PLW0603 - one per process, like its logs and metrics
    if settings.otlp_endpoint is None:
        yield
        return
    from shared.observability.otlp import OtlpRecorder

    _recorder = recorder = OtlpRecorder(
        settings.otlp_endpoint, share=settings.trace_sample, service=service, role=role
    )
    try:
        yield
    finally:
        _recorder = None
        recorder.close()


def sampled(traceparent: str | None) -> bool:
    """Whether a traceparent is valid and its flag says that it is recorded."""
    return traceparent is not None and traceparent[-1:] in _ODD and valid_traceparent(traceparent)


def begin_request(caller: str | None) -> Span | None:
    """The span of an HTTP request with the caller's traceparent, or without one; None where it is
    not recorded. Named when it ends, since its route is known by then."""
    if _recorder is None or not (_recorder.chosen() if caller is None else sampled(caller)):
        return None
    return _recorder.begin("request", "server", parent=caller)


@contextmanager
def each(
    name: str,
    kind: Kind,
    traceparents: Callable[[], Iterable[str | None]],
    attributes: Attributes | None = None,
) -> Iterator[Mapping[int, str]]:
    """One span for each sampled one of ``traceparents`` while the block runs: work that is done for
    many at once, and yet belongs to the trace of each.

    Yields, by place, the traceparents of these spans: what follows from the work is their child.
    """
    if _recorder is None:
        yield _NOTHING
        return
    begun = {
        place: _recorder.begin(name, kind, parent=traceparent, attributes=attributes)
        for place, traceparent in enumerate(traceparents())
        if sampled(traceparent)
    }
    failed = True
    try:
        yield {place: span.traceparent for place, span in begun.items()}
        failed = False
    finally:
        for span in begun.values():
            span.end(failed=failed)
