"""CloudEvents 1.0 in Kafka's binary mode: the attributes are headers, the value is the body."""

from collections.abc import Mapping
from typing import Any

_JSON = ("content-type", b"application/json")
_VERSION = ("ce_specversion", b"1.0")


def headers_of(
    row: Mapping[str, Any], service: str, *, traceparent: str | None = None
) -> list[tuple[str, bytes]]:
    """The headers of an outbox row. ``ce_type`` stands first: every reader asks for it.

    ``traceparent`` takes the place of the row's: that of the span in which it is sent."""
    kind: str = row["event_type"]
    headers = [
        ("ce_type", kind.encode()),
        ("ce_id", str(row["event_id"]).encode()),
        ("ce_time", row["time"].isoformat().encode()),
        ("ce_tenant", str(row["tenant_id"]).encode()),
        ("ce_source", b"tera/" + service.encode()),
        ("ce_subject", row["subject"].encode()),
        ("ce_dataschema", b"urn:tera:schema:" + kind.encode()),
        _VERSION,
        _JSON,
    ]
    if carried := traceparent or row["traceparent"]:
        headers.append(("traceparent", carried.encode()))
    return headers
