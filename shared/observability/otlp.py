"""Spans by the OpenTelemetry SDK, sent over OTLP/HTTP. Imported only where they are wanted.

Spans wait in a bounded queue for a thread of their own: where the endpoint is slow or away they are
dropped, and nothing else happens.
"""

import logging
import random
from threading import Thread
from time import monotonic
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode

from shared.observability.spans import Attributes, Kind

QUEUE: Final = 4096
BATCH: Final = 512
EVERY_MILLISECONDS: Final = 1000
TRY_SECONDS: Final = 3
CLOSE_SECONDS: Final = 2.0
COMPLAIN_SECONDS: Final = 60.0

_COMPLAINERS: Final = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)

_KINDS: Final[dict[Kind, SpanKind]] = {
    "server": SpanKind.SERVER,
    "internal": SpanKind.INTERNAL,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
}


class OtlpRecorder:
    """``endpoint`` is the base address of a collector; ``share`` of the requests, 0 to 1, is
    recorded where the caller has not decided."""

    def __init__(self, endpoint: str, *, share: float, service: str, role: str) -> None:
        self._share = share
        self._provider = TracerProvider(
            # Asked only for what is recorded: the choice was made before.
            sampler=ALWAYS_ON,
            resource=Resource({"service.name": f"tera-{service}", "tera.role": role}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=TRY_SECONDS)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=QUEUE,
                max_export_batch_size=BATCH,
                schedule_delay_millis=EVERY_MILLISECONDS,
            )
        )
        self._tracer = self._provider.get_tracer("tera")
        for logger in _COMPLAINERS:
            logging.getLogger(logger).addFilter(_Rarely())

    def chosen(self) -> bool:
        return random.random() < self._share  # noqa: S311 - nothing secret

    def begin(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> "_Span":
        context = trace.set_span_in_context(_remote(parent)) if parent else None
        return _Span(
            self._tracer.start_span(
                name, context=context, kind=_KINDS[kind], attributes=dict(attributes or {})
            )
        )

    def close(self) -> None:
        # The SDK would wait half a minute for an endpoint that does not answer.
        closing = Thread(target=self._provider.shutdown, name="spans-close", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


class _Rarely(logging.Filter):
    """Lets one entry through in a minute: an endpoint that is away is complained of at each try."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if monotonic() < self._next:
            return False
        self._next = monotonic() + COMPLAIN_SECONDS
        return True


class _Span:
    __slots__ = ("_span", "traceparent")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        own = span.get_span_context()
        self.traceparent = f"00-{own.trace_id:032x}-{own.span_id:016x}-01"

    def end(
        self, *, name: str | None = None, attributes: Attributes | None = None, failed: bool = False
    ) -> None:
        if name is not None:
            self._span.update_name(name)
        if attributes:
            self._span.set_attributes(dict(attributes))
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _remote(traceparent: str) -> NonRecordingSpan:
    _, trace_id, span_id, flags = traceparent.split("-")[:4]
    return NonRecordingSpan(
        SpanContext(
            int(trace_id, 16),
            int(span_id, 16),
            is_remote=True,
            trace_flags=trace.TraceFlags(int(flags[:2], 16)),
        )
    )
