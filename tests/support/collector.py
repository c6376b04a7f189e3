"""An OTLP/HTTP collector that keeps the spans it is sent."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Received:
    """A span as it arrived; ids in hexadecimal, ``parent`` empty where it has none."""

    process: str
    """Service and role: ``tera-feedback api``."""
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]


class Collector:
    """``spans`` in the order of arrival; ``url`` is what TERA_OTLP_ENDPOINT is set to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Received] = []

    def traces(self) -> dict[str, list[Received]]:
        """All spans, by trace."""
        found: dict[str, list[Received]] = defaultdict(list)
        for span in list(self.spans):
            found[span.trace].append(span)
        return found

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            about = {a.key: a.value.string_value for a in resource.resource.attributes}
            process = f"{about['service.name']} {about['tera.role']}"
            self.spans += [
                Received(
                    process,
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    {a.key: a.value.string_value or str(a.value.int_value)
                     for a in span.attributes},
                )
                for scope in resource.scope_spans
                for span in scope.spans
            ]  # fmt: skip


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            taking.take(ExportTraceServiceRequest.FromString(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        taking = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield taking
        finally:
            server.shutdown()
            thread.join()
