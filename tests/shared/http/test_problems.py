"""Bad requests, over a real socket: what the sender is told, and that nothing else is."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from shared.http.app import create_app
from shared.http.auth import Claims, TokenVerifier
from shared.http.hot import HotRoute
from shared.http.jwks import Jwks
from shared.http.problems import conflict
from shared.observability.trace import current_traceparent
from tests.shared.serving import serving

FAILURES = {
    "conflict": conflict("token-used", "This token has been used: ask for a new one."),
    "closed": asyncpg.ConnectionDoesNotExistError("connection was closed"),
    "refused": ConnectionRefusedError(111, "refused"),
    "pool": TimeoutError(),
    "deadlock": asyncpg.DeadlockDetectedError("deadlock"),
    "full": asyncpg.TooManyConnectionsError("full"),
    "unique": asyncpg.UniqueViolationError("Key (nip)=(1987) exists"),
    "bug": KeyError("secret"),
}


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mark: Annotated[int, Field(ge=1, le=4)]
    kind: Literal["praise", "criticism"] = "praise"
    day: date | None = None
    at: datetime | None = None
    unit: UUID | None = None
    names: Annotated[list[str], Field(max_length=2)] = []
    free: dict[str, Any] = {}

    @field_validator("day")
    @classmethod
    def _not_ancient(cls, day: date | None) -> date | None:
        if day is not None and day.year < 2000:
            raise ValueError("must not be before the year 2000")
        return day


class Mark(msgspec.Struct):
    mark: Annotated[int, msgspec.Meta(ge=1, le=4)]


async def lean(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    mark = msgspec.json.decode(body + message["body"], type=Mark)
    if scope["path_params"]["place"] in FAILURES:
        raise FAILURES[scope["path_params"]["place"]]
    answer = msgspec.json.encode([mark.mark, scope["path_params"]["place"]])
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def half(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError


def build() -> Any:
    verifier = TokenVerifier(
        issuer="http://127.0.0.1:1",
        audience="tera",
        claims=Claims(),
        jwks=Jwks("http://127.0.0.1:1"),
    )
    app = create_app(
        title="Test",
        service="test",
        verifier=verifier,
        body_limits={"/v1/imports": 1_000_000, "/v1/imports/small": 10},
        file_paths=("/v1/imports/",),
        hot=[
            HotRoute("/v1/lean/{place}", lean, {"summary": "Lean", "responses": {"201": {}}}),
            HotRoute("/v1/half", half, {}, method="GET"),
        ],
    )
    router = APIRouter(prefix="/v1")

    @router.post("/things")
    async def things(thing: Thing) -> Thing:
        return thing

    @router.post("/imports/{name}")
    async def imports(name: str, file: Annotated[str, Query()] = "") -> str:
        return name

    @router.post("/uploads")
    async def uploads(body: Annotated[dict[str, Any], "any"]) -> int:
        return len(body)

    @router.get("/fail/{how}")
    async def fail(how: str) -> None:
        raise FAILURES[how]

    @router.get("/trace")
    async def trace() -> str | None:
        return current_traceparent()

    @router.get("/list")
    async def listed(limit: Annotated[int, Query(le=200)] = 5, text: str = "") -> int:
        return limit

    app.include_router(router)
    return app


@pytest_asyncio.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with serving(build()) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The body, after checking what every problem document must have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:tera:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"].endswith(".")
    assert body["instance"] == f"urn:tera:request:{answer.headers['x-request-id']}"
    return body


def post(client: httpx.AsyncClient, path: str, body: bytes, **headers: str) -> Any:
    headers = {"content-type": "application/json"} | headers
    return client.post(path, content=body, headers=headers)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"mark": 0}, "mark", "must be at least 1"),
        ({"mark": 5}, "mark", "must be at most 4"),
        ({"mark": "x"}, "mark", "must be a whole number"),
        ({"mark": 1.5}, "mark", "must be a whole number"),
        ({"mark": None}, "mark", "must be a whole number"),
        ({"kind": "x"}, "kind", "must be one of 'praise' or 'criticism'"),
        ({"day": "x"}, "day", "must be a date such as 2026-01-31"),
        ({"day": "1999-01-01"}, "day", "must not be before the year 2000"),
        ({"at": "x"}, "at", "must be a time such as 2026-01-31T08:30:00Z"),
        ({"unit": "x"}, "unit", "must be an id such as"),
        ({"names": "x"}, "names", "must be a list"),
        ({"names": ["a", "b", "c"]}, "names", "must have at most 2 entries"),
        ({"names": ["a", 1]}, "names[1]", "must be text"),
        ({"U10": 4}, "U10", "is not a known field"),
        ({"free": {"a": ["\x00"]}}, "free.a[0]", "must be text without NUL"),
        ({"free": {"\x00": 1}}, "free", "must be text without NUL"),
        ({"names": ["\ud800"]}, "names[0]", "must be text without NUL and without halves"),
    ],
)
async def test_a_bad_field_is_named_in_words(
    client: httpx.AsyncClient, change: dict[str, Any], field: str, words: str
) -> None:
    body = json.dumps({"mark": 1} | change).encode()
    errors = problem(await post(client, "/v1/things", body), 422, "invalid-request")["errors"]
    assert [error["field"] for error in errors] == [field]
    assert errors[0]["problem"].startswith(words)


async def test_a_missing_field_and_a_body_that_is_no_object(client: httpx.AsyncClient) -> None:
    missing = problem(await post(client, "/v1/things", b"{}"), 422, "invalid-request")
    assert missing["errors"] == [{"field": "mark", "problem": "is missing: send it"}]
    assert "mark" in missing["detail"]
    array = problem(await post(client, "/v1/things", b"[]"), 422, "invalid-request")
    assert array["errors"] == [{"field": "body", "problem": "must be an object"}]


async def test_the_answer_never_repeats_what_was_sent(client: httpx.AsyncClient) -> None:
    body = json.dumps({"mark": "Budi Santoso", "day": "Budi Santoso"}).encode()
    assert "Budi" not in (await post(client, "/v1/things", body)).text


async def test_many_errors_are_cut(client: httpx.AsyncClient) -> None:
    body = json.dumps({f"x{n}": 1 for n in range(500)} | {"mark": 1}).encode()
    assert (
        len(problem(await post(client, "/v1/things", body), 422, "invalid-request")["errors"]) == 50
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"mark":1}'.decode().encode("utf-16"),
        b'{"mark":1,"x":' + b"[" * 50_000,
        b'{"mark":"\x00"}',
        b"",
    ],
    ids=["cut", "latin", "utf-16", "deep", "raw NUL", "empty"],
)
async def test_what_is_not_json(client: httpx.AsyncClient, body: bytes) -> None:
    for path in ("/v1/things", "/v1/lean/here"):
        answer = await post(client, path, body)
        if path == "/v1/things" and not body:
            problem(answer, 422, "invalid-request")
        else:
            problem(answer, 400, "malformed-json")


async def test_unicode_escapes_are_welcome(client: httpx.AsyncClient) -> None:
    sent = {"mark": 1, "names": ["😀 é", "the text \\u0000"]}
    answer = await post(client, "/v1/things", json.dumps(sent).encode())
    assert answer.json()["names"] == sent["names"]


@pytest.mark.parametrize("path", ["/v1/list?text=a%00b", "/v1/list?%00=1", "/v1/fail/a%00b"])
async def test_nul_in_an_address(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(path), 422, "invalid-request")


async def test_a_bad_query_names_the_parameter(client: httpx.AsyncClient) -> None:
    answer = problem(await client.get("/v1/list?limit=201"), 422, "invalid-request")
    assert answer["errors"] == [{"field": "limit", "problem": "must be at most 200"}]


async def test_unknown_addresses_and_methods(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/nothing"), 404, "not-found")
    answer = await client.delete("/v1/things")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"
    answer = await client.get("/v1/lean/here")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/v1/things", "/v1/uploads", "/v1/lean/here"])
async def test_ten_megabytes_are_refused(client: httpx.AsyncClient, path: str) -> None:
    body = b'{"mark": 1, "x": "' + b"x" * 10_000_000 + b'"}'
    problem(await post(client, path, body), 413, "body-too-large")


@pytest.mark.parametrize("path", ["/v1/things", "/v1/uploads", "/v1/lean/here"])
async def test_a_body_without_a_length_is_cut_at_the_limit(
    client: httpx.AsyncClient, path: str
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 50_000

    headers = {"content-type": "application/json"}
    answer = await client.post(path, content=endless(), headers=headers)
    problem(answer, 413, "body-too-large")


async def test_a_body_in_pieces_is_searched_as_a_whole(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"mark": 1, "names": ["a\\u0', b'000"]}'):
            yield piece
            await asyncio.sleep(0)

    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/things", content=pieces(), headers=headers)
    problem(answer, 422, "invalid-request")


@pytest.mark.parametrize(
    "kind", ["text/csv", "application/octet-stream", "multipart/form-data", "", "text/csv\t;x"]
)
async def test_a_name_of_a_body_opens_nothing(client: httpx.AsyncClient, kind: str) -> None:
    for path in ("/v1/things", "/v1/lean/here"):
        escaped = b'{"mark":1,"names":["a\\u0000b"]}'
        named = {"content-type": kind}
        problem(await post(client, path, escaped, **named), 422, "invalid-request")
        problem(await post(client, path, b'{"mark":"\x00"}', **named), 400, "malformed-json")


async def test_a_file_may_hold_any_bytes(client: httpx.AsyncClient) -> None:
    for kind in ("text/csv", "application/json"):
        named = {"content-type": kind}
        answer = await post(client, "/v1/imports/units", b"\x00\xff\\u0000", **named)
        assert answer.status_code == 200


async def test_limits_by_path(client: httpx.AsyncClient) -> None:
    big = b"x" * 100_000
    csv = {"content-type": "text/csv"}
    assert (await post(client, "/v1/imports/units", big, **csv)).status_code == 200
    problem(await post(client, "/v1/imports/small", b"x" * 11, **csv), 413, "body-too-large")
    problem(await post(client, "/v1/things", big), 413, "body-too-large")


@pytest.mark.parametrize("how", ["closed", "refused", "pool", "deadlock", "full"])
async def test_a_dependency_that_is_away(client: httpx.AsyncClient, how: str) -> None:
    for answer in (
        await client.get(f"/v1/fail/{how}"),
        await post(client, f"/v1/lean/{how}", b'{"mark":1}'),
    ):
        problem(answer, 503, "temporarily-unavailable")
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("how", ["bug", "unique"])
async def test_a_fault_of_ours_is_logged_and_not_shown(client: httpx.AsyncClient, how: str) -> None:
    with capture_logs() as logs:
        answer = await client.get(f"/v1/fail/{how}", headers={"x-request-id": "abc-1"})
    assert problem(answer, 500, "internal-error")["instance"] == "urn:tera:request:abc-1"
    assert "secret" not in answer.text
    assert "1987" not in answer.text
    assert [entry["action"] for entry in logs] == ["http.failed"]


async def test_problems_of_a_service(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/v1/fail/conflict"), 409, "token-used")
    assert body["detail"] == "This token has been used: ask for a new one."
    problem(await post(client, "/v1/lean/conflict", b'{"mark":1}'), 409, "token-used")


async def test_a_hot_route_answers_and_explains(client: httpx.AsyncClient) -> None:
    answer = await post(client, "/v1/lean/here", b'{"mark":3}')
    assert (answer.status_code, answer.json()) == (201, [3, "here"])
    errors = problem(await post(client, "/v1/lean/here", b'{"mark":9}'), 422, "invalid-request")
    assert errors["errors"] == [{"field": "mark", "problem": "Expected int <= 4"}]


async def test_half_an_answer_closes_the_connection(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/v1/half")


@pytest.mark.parametrize("sent", ["abc-123", "A.b_c-9", "x" * 64])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, sent: str) -> None:
    answer = await client.get("/livez", headers={"x-request-id": sent})
    assert answer.headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\tb", "ä", 'a"b', "<x>"])
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, sent: str) -> None:
    answer = await client.get("/livez", headers={b"x-request-id": sent.encode()})
    assert len(answer.headers["x-request-id"]) == 32


async def test_the_callers_trace_goes_on(client: httpx.AsyncClient) -> None:
    sent = f"00-{'a' * 32}-{'b' * 16}-01"
    assert (await client.get("/v1/trace", headers={"traceparent": sent})).json() == sent


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        f"00-{'0' * 32}-{'b' * 16}-01",
        f"ff-{'a' * 32}-{'b' * 16}-01",
        f"00-{'A' * 32}-{'b' * 16}-01",
    ],
)
async def test_a_trace_starts_where_none_came(client: httpx.AsyncClient, sent: str) -> None:
    made = (await client.get("/v1/trace", headers={"traceparent": sent})).json()
    version, trace, span, flags = made.split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "00")
    assert made != sent
    assert current_traceparent() is None


async def test_the_document_describes_problems_and_hot_routes(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "Problem" in document["components"]["schemas"]
    assert "/livez" not in document["paths"]
    operations = list(_operations(document))
    assert ("/v1/lean/{place}", "post") in [where for where, _ in operations]
    for _, operation in operations:
        assert {"400", "422", "503"} <= operation["responses"].keys()
        content = operation["responses"]["422"]["content"]
        assert list(content) == ["application/problem+json"]


def _operations(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (path, method), operation
