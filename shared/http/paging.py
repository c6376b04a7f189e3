"""Cursor pagination: pages stay right while rows come and go, and cost the same on every page.

A route takes `paging: Paging`, selects `paging.fetch` rows after `paging.after(datetime, UUID)`
(the sort key of the last row seen) and returns `paging.page(rows, key=lambda row: (row.created_at,
row.id))`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from fastapi import Depends, Query
from pydantic import BaseModel

from shared.http.problems import Problem, invalid_request
from shared.http.words import FieldProblem

MOST: Final = 200
DEFAULT: Final = 50
_LEAST: Final = -(2**63)

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page; `next_cursor` is None on the last one."""

    items: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the caller asked for: at most `limit` items after `cursor`."""

    limit: int
    cursor: str | None

    @property
    def fetch(self) -> int:
        """How many rows to select: one more than the page, which tells whether another page
        follows.
        """
        return self.limit + 1

    def after(self, *types: Any) -> tuple[Any, ...] | None:
        """The sort key of the last item seen, each part converted to its type (str, int, UUID,
        date, datetime); None on the first page. A cursor that was not made here is a 422.
        """
        if self.cursor is None:
            return None
        try:
            padded = self.cursor + "=" * (-len(self.cursor) % 4)
            parts = msgspec.json.decode(urlsafe_b64decode(padded), type=list[Any])
            if len(parts) != len(types):
                raise _bad_cursor()
            key = tuple(msgspec.convert(p, t) for p, t in zip(parts, types, strict=True))
        except (ValueError, msgspec.MsgspecError) as error:
            raise _bad_cursor() from error
        if not all(_storable(part) for part in key):
            raise _bad_cursor()
        return key

    def page(self, rows: Sequence[T], *, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
        """A page of what was selected with `fetch` as limit; `key` gives a row's sort key."""
        items = list(rows[: self.limit])
        more = len(rows) > self.limit
        return Page(items=items, next_cursor=encode_cursor(key(items[-1])) if more else None)


def encode_cursor(key: tuple[Any, ...]) -> str:
    """An opaque, URL-safe cursor of one sort key."""
    return urlsafe_b64encode(msgspec.json.encode(list(key))).rstrip(b"=").decode("ascii")


def _storable(part: Any) -> bool:
    """Whether PostgreSQL can compare with it: its numbers have 64 bits, its texts no NUL."""
    if isinstance(part, int):
        return _LEAST <= part <= -_LEAST - 1
    return not (isinstance(part, str) and "\x00" in part)


def _bad_cursor() -> Problem:
    words = "is not a cursor of this list: leave it out to start again"
    return invalid_request([FieldProblem("cursor", words)])


def _page_request(
    limit: Annotated[int, Query(ge=1, le=MOST)] = DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_page_request)]
