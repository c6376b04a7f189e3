"""A process: the same server and the same validation as the intake, and a constant as answer."""

import sys

from starlette.types import Receive, Scope, Send

from bench.baselines.server import serve
from services.feedback.intake.documents import AnswerBody

_CONSTANT = (
    b'{"fact_id":"0190a000-0000-7000-8000-000000000008","received_at":"2026-01-31T08:30:00Z"}'
)
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_CONSTANT))]


async def app(_: Scope, receive: Receive, send: Send) -> None:
    """Read, validate, forget, say that all is well."""
    message = await receive()
    body = message["body"]
    while message.get("more_body", False):
        message = await receive()
        body += message["body"]
    AnswerBody.model_validate_json(body)
    await send({"type": "http.response.start", "status": 201, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _CONSTANT})


if __name__ == "__main__":
    serve(app, port=int(sys.argv[1]))
