"""Holidays and half days from files, into the calendar that holds on the day."""

from typing import Any
from uuid import UUID

import pytest

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.test_calendars import OFFICE, document, spans
from tests.registry.town import Town

NATIONAL = (
    b"No,Tanggal,Keterangan\n1,1 Januari 2026,Tahun Baru\n2,17/08/2026,Hari Kemerdekaan\n"
    b"3,2027-01-01,Tahun Baru\n"
)


async def days_of(town: Town, calendar: str) -> list[tuple[str, str | None, list[Any]]]:
    shown = (await town.call("GET", f"/v1/calendars/{calendar}")).json()
    return [(each["day"], each["name"], each["spans"]) for each in shown["days"]]


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("setengah hari", "08:00-12:00"),
        ("08.00 s.d. 11.30; 13:00 - 24:00", "08:00-11:30 13:00-00:00"),
        ("Cuti bersama", ""),
    ],
)
async def test_hours_as_offices_write_them(town: Town, cell: str, hours: str) -> None:
    made = await town.made("/v1/calendars", OFFICE)
    file = f"Tanggal;Nama hari;Jam kerja\n2026-12-24;Malam Natal;{cell!r}\n".replace("'", '"')
    assert figures(await send(town, "holidays", file.encode())) == (1, 0, 0, 0)
    assert await days_of(town, made["id"]) == [("2026-12-24", "Malam Natal", spans(hours))]


async def test_days_go_into_the_calendar_that_holds(town: Town) -> None:
    unit = await town.unit("Puskesmas", code="01")
    old = (await town.made("/v1/calendars", OFFICE))["id"]
    new = (await town.made("/v1/calendars", OFFICE | {"valid_from": "2027-01-01"}))["id"]
    near = document(*["07:00-20:00"] * 7, unit_id=str(unit))
    own = (await town.made("/v1/calendars", near))["id"]
    announced = len(await town.outbox())
    assert figures(await send(town, "holidays", NATIONAL)) == (3, 0, 0, 0)
    assert len(await town.outbox()) == announced + 2
    assert figures(await send(town, "holidays", NATIONAL)) == (0, 0, 3, 0)
    assert await days_of(town, new) == [("2027-01-01", "Tahun Baru", [])]
    more = (
        b"tanggal,nama,jam,unit\n2026-08-17,Hari Kemerdekaan RI,,\n"
        b"2026-08-17,Jaga,07:00-14:00,puskesmas\n2026-01-01,,07:00-14:00,01\n"
    )
    assert figures(await send(town, "holidays", more)) == (2, 1, 0, 0)
    assert (await days_of(town, old))[1] == ("2026-08-17", "Hari Kemerdekaan RI", [])
    assert (await days_of(town, own))[0] == ("2026-01-01", None, spans("07:00-14:00"))
    await sent_back(town, "holidays", rows=5)
    undone = b"tanggal,jam,unit\n2026-08-17,libur,01\n"
    assert figures(await send(town, "holidays", undone)) == (0, 1, 0, 0)
    assert (await days_of(town, own))[1] == ("2026-08-17", "Jaga", [])


async def test_days_that_cannot_be(town: Town) -> None:
    unit: UUID = await town.unit("Puskesmas", code="01")
    assert [bad[0] for bad in await bad_cells(town, "holidays", NATIONAL)] == [2, 3, 4]
    full = [
        {"day": f"20{y}-{m:02}-{d:02}"}
        for y in (27, 28)
        for m in range(1, 13)
        for d in range(1, 18)
    ]
    await town.made("/v1/calendars", OFFICE | {"days": full[:399]})
    wrong = (
        b"tanggal,nama,jam,unit\n2025-12-31,A,,\n2026-01-01,B,,01\n2026-01-01,C,,02\n,D,,\n"
        b"31/02/2026,E,,\n2026-01-02,F,pagi,\n2026-01-03,G,12:00-08:00,\n"
        b"2026-01-05,H,25:00-26:00,\n"
        b"2026-01-04,I,setengah hari,\n1999-01-01,J,,\n"
        b"2026-01-06,K,,\n2026-01-06,K,,\n2026-01-07,L,,\n"
    )
    assert await bad_cells(town, "holidays", wrong) == [
        (2, "tanggal", "is a day on which no calendar holds, the tenant has none"),
        (3, "tanggal", "is a day on which no calendar holds, the unit has no"),
        (4, "unit", "is not the code"),
        (5, "tanggal", "is empty"),
        (6, "tanggal", "is not a day"),
        (7, "jam", "must be libur"),
        (8, "jam", "ends at 08:00"),
        (9, "jam", "names a time"),
        (10, "jam", "is half of a day"),
        (11, "tanggal", "must be a day of"),
        (13, "tanggal", "stands in line 12"),
        (14, "tanggal", "is one day more than the 400"),
    ]
    await town.made("/v1/calendars", document("07:00-20:00", unit_id=str(unit)))
    assert figures(await send(town, "holidays", wrong, rows="good")) == (2, 0, 0, 11)
