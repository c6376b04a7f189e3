"""Days of calendars that differ from their weekday from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.calendars import store as calendars
from services.registry.imports import store as imports
from services.registry.imports.entities import one_by_one, storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.holiday_rules import (
    KnownCalendars,
    holding,
    hours_text,
    plan_holidays,
)
from services.registry.imports.matching import UnitBook
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_rows
from shared.db import Connection

_COLUMNS = (
    Column(
        "day",
        "Tanggal",
        "Date",
        "wajib / required: 2026-08-17, 17/08/2026, 17 Agustus 2026",
        ("day", "hari libur", "tanggal libur", "tgl"),
    ),
    Column(
        "name",
        "Nama hari",
        "Name of the day",
        "misalnya Hari Kemerdekaan / such as Independence Day",
        ("name", "nama", "keterangan", "peringatan", "uraian", "nama hari libur"),
    ),
    Column(
        "hours",
        "Jam kerja",
        "Hours of work",
        "libur (kosong), setengah hari, atau 08:00-12:00; 13:00-15:00 / holiday (empty), half day",
        ("hours", "jam", "jenis", "kind"),
    ),
    Column(
        "unit",
        "Unit kerja",
        "Unit",
        "kosong: seluruh pemda / empty: the whole tenant; kode, nama atau alias",
        ("kode unit", "unit code", "opd", "berlaku untuk"),
    ),
)


async def _known(connection: Connection, tenant_id: UUID, _: Sheet | None = None) -> KnownCalendars:
    return KnownCalendars(
        await calendars.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        UnitBook(await imports.unit_words(connection, tenant_id)),
    )


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    """The days on which their calendar holds."""
    known = await _known(connection, tenant_id)
    return [
        {
            "day": day.day.isoformat(),
            "name": day.name or "",
            "hours": hours_text(day),
            "unit": known.units.word_for(calendar.unit_id) if calendar.unit_id else "",
        }
        for calendar in known.calendars
        for day in calendar.days
        if holding(known.calendars, calendar.unit_id, day.day) is calendar
    ]


HOLIDAYS = Kind(
    name="holidays",
    columns=_COLUMNS,
    required=(frozenset({"day"}), frozenset({"name", "hours"})),
    refusals={"fk_calendars_tenant_id_unit_id_units": overtaken},
    lock=partial(lock_rows, table="calendars"),
    known=_known,
    plan=plan_holidays,
    store=storing_by(one_by_one(calendars.insert), one_by_one(calendars.update)),
    writes=writes,
    export=_export,
)
