"""Files on their way through the portal, piece by piece: up to the registry, and down from it."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, Final

import httpx
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from services.portal.apis import problem_of, refusal_of, request_headers
from services.portal.view import View
from shared.http.problems import Problem, temporarily_unavailable

PROGRESS: Final = "application/x-ndjson"
LARGEST: Final = 21 * 1024 * 1024
"""Bytes of a form with a file: the registry takes 20 MiB, around it stands a little."""
_PIECE: Final = 256 * 1024
_TIMEOUT: Final = httpx.Timeout(10.0, read=120.0)
"""Between two lines of a long import, or before the first byte of a large file."""


async def imported(
    view: View, kind: str, params: Mapping[str, Any], *, upload: UploadFile | None = None
) -> AsyncGenerator[dict[str, Any], None]:
    """What the registry tells about an import: lines with `phase`, `done` and `total`, the last one
    with `report`. Without an upload `params` name a kept file. Raise its refusal."""
    assert view.session is not None
    headers = request_headers(view.session.access_token) | {"accept": PROGRESS}
    if upload is not None:
        headers |= {"content-type": "application/octet-stream", "content-length": str(upload.size)}
    request = view.portal.apis.http.build_request(
        "POST",
        view.portal.apis.address("registry", f"/v1/imports/{kind}"),
        params={name: value for name, value in params.items() if value},
        content=_pieces(upload) if upload is not None else None,
        headers=headers,
        timeout=_TIMEOUT,
    )
    answer = await _opened(view, request)
    try:
        async for text in answer.aiter_lines():
            line: dict[str, Any] = json.loads(text)
            if "problem" in line:
                raise problem_of(line["problem"])
            yield line
            if "report" in line:
                return
    except httpx.TransportError as error:
        raise temporarily_unavailable() from error
    finally:
        await answer.aclose()
    raise temporarily_unavailable()


async def fetched(view: View, path: str, params: Mapping[str, Any]) -> Response:
    """A file of the registry, as it is. Raise its refusal."""
    assert view.session is not None
    request = view.portal.apis.http.build_request(
        "GET",
        view.portal.apis.address("registry", path),
        params={name: value for name, value in params.items() if value},
        headers=request_headers(view.session.access_token),
        timeout=_TIMEOUT,
    )
    answer = await _opened(view, request)

    async def pieces() -> AsyncIterator[bytes]:
        try:
            async for piece in answer.aiter_bytes(_PIECE):
                yield piece
        finally:
            await answer.aclose()

    kept = ("content-type", "content-disposition", "content-length")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    headers["cache-control"] = "private, no-store"
    return view.with_session(StreamingResponse(pieces(), headers=headers))


async def _opened(view: View, request: httpx.Request) -> httpx.Response:
    try:
        answer = await view.portal.apis.http.send(request, stream=True)
        if not answer.is_success:
            await answer.aread()
    except httpx.TransportError as error:
        raise temporarily_unavailable() from error
    if not answer.is_success:
        raise refusal_of(answer)
    return answer


async def _pieces(upload: UploadFile) -> AsyncIterator[bytes]:
    while piece := await upload.read(_PIECE):
        yield piece


def no_file() -> Problem:
    """A form without the file that it is about."""
    return Problem(422, "no-file", title="No file", detail="Choose a file and send it.")
