"""Workbooks as offices make them, and how tests send them."""

import io
from typing import Any

import httpx
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.registry.town import Town

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def new_book(title: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    return book, sheet


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def opened(content: bytes) -> tuple[Workbook, Worksheet]:
    book = load_workbook(io.BytesIO(content))
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return book, sheet


async def send(
    town: Town, kind: str, file: bytes | None, *, accept: str = "", **asked: Any
) -> httpx.Response:
    """POST a file, or name a kept one by `file_id`; `asked` are the parameters."""
    if "file_id" in asked:
        asked["file"] = asked.pop("file_id")
    return await town.call(
        "POST",
        f"/v1/imports/{kind}?{httpx.QueryParams(asked)}",
        content=file,
        headers={"content-type": XLSX if file else "", "accept": accept},
    )


def figures(answer: httpx.Response) -> tuple[int, int, int, int]:
    """Created, changed, unchanged, bad."""
    assert answer.status_code == 200, answer.text
    report = answer.json()
    return report["created"], report["changed"], report["unchanged"], report["bad_rows"]


async def bad_cells(town: Town, kind: str, file: bytes) -> list[tuple[int, str, str]]:
    """Line, column and the first words of the reason, of a file of which nothing is stored."""
    announced = len(await town.outbox())
    refused = await send(town, kind, file)
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"] == "urn:tera:problem:import-refused"
    checked = await send(town, kind, file, dry_run=True)
    problems = checked.json()["problems"]
    assert len(problems) == len(refused.json()["errors"])
    assert len(await town.outbox()) == announced
    return [(bad["line"], bad["column"], Reason(bad["reason"])) for bad in problems]


class Reason(str):
    """Equal to what it begins with."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.startswith(other)

    __hash__ = None  # type: ignore[assignment]


async def sent_back(town: Town, kind: str, *, rows: int, on: str = "") -> None:
    """Importing an export changes nothing, whatever its form."""
    announced = len(await town.outbox())
    day = f"&on={on}" if on else ""
    for form in ("xlsx", "csv"):
        exported = await town.call("GET", f"/v1/exports/{kind}?format={form}{day}")
        assert exported.status_code == 200, exported.text
        assert figures(await send(town, kind, exported.content)) == (0, 0, rows, 0), form
    assert len(await town.outbox()) == announced
