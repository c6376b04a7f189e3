"""Walking a list by cursor: every row once, in order, whatever the page size."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from shared.http.app import create_app
from shared.http.auth import Claims, TokenVerifier
from shared.http.jwks import Jwks
from shared.http.paging import Page, PageRequest, Paging, encode_cursor
from shared.http.problems import Problem

START = datetime(2026, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC)
# Two rows share each moment, so that only the id tells them apart.
ROWS = [(START + timedelta(seconds=n // 2), UUID(int=n)) for n in range(11)]


def app() -> FastAPI:
    verifier = TokenVerifier(
        issuer="http://x", audience="tera", claims=Claims(), jwks=Jwks("http://x")
    )
    made = create_app(title="Test", service="test", verifier=verifier)

    @made.get("/rows")
    async def rows(paging: Paging) -> Page[tuple[datetime, UUID]]:
        after = paging.after(datetime, UUID)
        found = [row for row in ROWS if after is None or row > after][: paging.fetch]
        return paging.page(found, key=lambda row: row)

    return made


async def get(**query: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/rows", params=query)


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 11, 12])
async def test_every_row_once(limit: int) -> None:
    seen: list[UUID] = []
    page = (await get(limit=limit)).json()
    while True:
        assert len(page["items"]) <= limit
        seen += [UUID(item[1]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        page = (await get(limit=limit, cursor=page["next_cursor"])).json()
    assert seen == [row[1] for row in ROWS]


@pytest.mark.parametrize("limit", [0, 201, "x"])
async def test_a_limit_out_of_range(limit: object) -> None:
    answer = await get(limit=limit)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "ä", "e30", "W10", "////", encode_cursor(("a", "b")), encode_cursor((1,)), "A" * 501],
)
async def test_a_cursor_of_elsewhere(cursor: str) -> None:
    answer = await get(cursor=cursor)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


@given(
    key=st.tuples(
        st.datetimes(timezones=st.just(UTC)),
        st.uuids(),
        st.integers(-(2**63), 2**63 - 1),
        st.text().filter(lambda text: "\0" not in text),
    )
)
def test_a_cursor_carries_any_key(key: tuple[datetime, UUID, int, str]) -> None:
    cursor = encode_cursor(key)
    assert PageRequest(1, cursor).after(datetime, UUID, int, str) == key


@pytest.mark.parametrize("part", [2**63, -(2**63) - 1, "a\0"])
def test_a_cursor_that_no_column_could_hold(part: int | str) -> None:
    request = PageRequest(1, encode_cursor((part,)))
    with pytest.raises(Problem):
        request.after(type(part))
