"""Notices as their readers see them: in words, with the names of now."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.notification.wording.catalogue import render, with_names
from services.notification.wording.rules import Language
from shared.db import Connection


class NoticeView(BaseModel):
    """`link_path` is a page of the portal. `parameters` are the ids and numbers that the words were
    made of."""

    id: UUID
    occasion: str
    unit_id: UUID
    unit_name: str | None
    subject: str
    short: str
    text: str
    link_path: str
    created_at: datetime
    read_at: datetime | None
    parameters: dict[str, Any]


async def views(
    connection: Connection, tenant: UUID, rows: Sequence[Any], *, language: Language
) -> list[NoticeView]:
    """Rows of notices in the reader's language."""
    read = [json.loads(row["parameters"]) for row in rows]
    named = await with_names(
        connection,
        [(tenant, row["unit_id"], said) for row, said in zip(rows, read, strict=True)],
    )
    return [
        _view(row, parameters, said, language)
        for row, parameters, said in zip(rows, read, named, strict=True)
    ]


def _view(
    row: Any, parameters: dict[str, Any], said: dict[str, Any], language: Language
) -> NoticeView:
    message = render(row["occasion"], said, language)
    return NoticeView(
        id=row["id"],
        occasion=row["occasion"],
        unit_id=row["unit_id"],
        unit_name=said["unit"],
        subject=message.subject,
        short=message.short,
        text=message.text,
        link_path=message.link_path,
        created_at=row["created_at"],
        read_at=row["read_at"],
        parameters=parameters,
    )
