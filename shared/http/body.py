"""What is refused of a request before a handler has all of it: too many bytes, bad characters."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from starlette.types import Message, Receive, Scope

from shared.http.problems import Problem, body_too_large, invalid_request, malformed_json
from shared.http.words import FieldProblem

_NUL_WORDS: Final = "must not contain the character NUL: remove it"
_STORABLE_WORDS: Final = "must be text without NUL and without halves of a character"
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def refusal_of_head(scope: Scope, headers: dict[bytes, bytes], limit: int) -> Problem | None:
    """What is wrong with a request that can be said without reading its body."""
    length = headers.get(b"content-length")
    if length is not None and int(length) > limit:
        return body_too_large(limit)
    if b"%00" in scope["query_string"] or "\x00" in scope["path"]:
        place = "query" if b"%00" in scope["query_string"] else "path"
        return invalid_request([FieldProblem(place, _NUL_WORDS)])
    return None


class BodyGuard:
    """A `receive` that raises its Problem, and keeps it in `refused`, when the body breaks a rule.

    The limit holds for bodies without a content-length too: reading stops at the first byte beyond
    it. With ``searched``, the body is searched for NUL in any string, which PostgreSQL cannot
    store: one search here, so that no field is forgotten, whatever the client calls its body.
    """

    __slots__ = ("chunks", "limit", "receive", "refused", "searched", "size")

    def __init__(self, receive: Receive, *, limit: int, searched: bool) -> None:
        self.receive = receive
        self.limit = limit
        self.searched = searched
        self.size = 0
        self.chunks: list[bytes] = []
        self.refused: Problem | None = None

    async def __call__(self) -> Message:
        message = await self.receive()
        if message["type"] != "http.request":
            return message
        body: bytes = message.get("body", b"")
        self.size += len(body)
        if self.size > self.limit:
            self._refuse(body_too_large(self.limit))
        if self.searched:
            if message.get("more_body", False):
                self.chunks.append(body)
            else:
                self._search(b"".join([*self.chunks, body]) if self.chunks else body)
        return message

    def _search(self, body: bytes) -> None:
        # A raw NUL is never JSON in UTF-8; refusing it also refuses UTF-16, where the escape would
        # go unseen.
        if b"\x00" in body:
            self._refuse(malformed_json())
        if b"\\u" in body and _SUSPECT.search(body) and (problem := _unstorable(body)):
            self._refuse(problem)

    def _refuse(self, problem: Problem) -> None:
        self.refused = problem
        self.chunks.clear()
        raise problem


def _unstorable(body: bytes) -> Problem | None:
    try:
        fields = list(_unstorable_fields(json.loads(body), ""))
    except (ValueError, RecursionError):
        return malformed_json()
    problems = [FieldProblem(field or "body", _STORABLE_WORDS) for field in fields]
    return invalid_request(problems) if problems else None


def _unstorable_fields(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if not _storable(value):
            yield place
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _storable(key):
                yield from _unstorable_fields(inner, f"{place}.{key}" if place else key)
            else:
                yield place
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unstorable_fields(inner, f"{place}[{index}]")


def _storable(text: str) -> bool:
    # A lone surrogate has no UTF-8 form.
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
