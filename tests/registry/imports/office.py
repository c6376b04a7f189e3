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
