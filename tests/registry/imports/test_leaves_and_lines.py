"""Leaves and reporting lines from files: dated rows of people, recognised again by first day."""

from uuid import UUID

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town

NIP = "198001012005011001"


async def staff(town: Town) -> dict[str, UUID]:
    """Siti with a NIP, the others by an id of the office."""
    found = {
        name: await town.person(name=name, external_id=name) for name in ("Budi", "Agus", "Wati")
    }
    return found | {"Siti": await town.person(name="Siti", kind="civil_servant", number=NIP)}


async def leaves_of(town: Town, person: UUID) -> list[tuple[str, str, str | None]]:
    listed = (await town.call("GET", f"/v1/people/{person}/leaves")).json()
    return [(each["kind"], each["valid_from"], each["valid_until"]) for each in listed]


async def test_leaves(town: Town) -> None:
    people = await staff(town)
    file = (
        b"NIP,Nama,Jenis cuti,Mulai,Sampai dengan\n"
        b"19800101 200501 1 001,Siti,Cuti Melahirkan,01/02/2026,30/04/2026\n"
        b"19800101 200501 1 001,Siti,Tahunan,04/05/2026,08/05/2026\n"
        b"Budi,Budi,Tugas Belajar,2026-01-01,\n"
    )
    assert figures(await send(town, "leaves", file)) == (3, 0, 0, 0)
    assert figures(await send(town, "leaves", file)) == (0, 0, 3, 0)
    assert await leaves_of(town, people["Siti"]) == [
        ("maternity", "2026-02-01", "2026-05-01"),
        ("annual", "2026-05-04", "2026-05-09"),
    ]
    back = b"NIP,Jenis cuti,Mulai,Sampai dengan\nBudi,,2026-01-01,2026-06-30\n"
    assert figures(await send(town, "leaves", back)) == (0, 1, 0, 0)
    assert figures(await send(town, "leaves", file)) == (0, 0, 3, 0)
    assert await leaves_of(town, people["Budi"]) == [("study", "2026-01-01", "2026-07-01")]
    await sent_back(town, "leaves", rows=3)
    wrong = (
        b"NIP,Jenis,Mulai,Selesai\nBudi,sakit,2026-06-30,2026-07-02\nNobody,sakit,2026-01-01,\n"
        b",sakit,2026-01-01,\nAgus,,2026-01-01,\nAgus,mudik,2026-02-01,\nAgus,sakit,,\n"
        b"Agus,sakit,2026-03-05,2026-03-04\nWati,sakit,2026-03-01,\nWati,tahunan,2026-04-01,\n"
        b"Wati,sakit,2026-03-01,2026-03-02\nBudi,mpp,2026-07-01,\n"
    )
    assert await bad_cells(town, "leaves", wrong) == [
        (2, "Mulai", "overlaps the leave from 2026-01-01 to 2026-06-30"),
        (3, "NIP", "is not the NIP"),
        (4, "NIP", "is empty"),
        (5, "Jenis", "is empty"),
        (6, "Jenis", "must be one of"),
        (7, "Mulai", "is empty"),
        (8, "Selesai", "is before"),
        (10, "Mulai", "overlaps the leave from 2026-03-01 without a last day"),
        (11, "Mulai", "stands in line 9"),
    ]
    assert figures(await send(town, "leaves", wrong, rows="good")) == (2, 0, 0, 9)
    longer = b"NIP,Mulai,Sampai dengan\nBudi,2026-01-01,2026-07-31\n"
    assert await bad_cells(town, "leaves", longer) == [
        (2, "Sampai dengan", "overlaps the leave from 2026-07-01 without a last day")
    ]


async def lines_of(town: Town, person: UUID) -> list[tuple[UUID, str, str | None]]:
    listed = (await town.call("GET", f"/v1/people/{person}/reporting-lines")).json()
    return [(UUID(each["assessor_id"]), each["valid_from"], each["valid_until"]) for each in listed]


async def test_another_assessor_from_a_day_on(town: Town) -> None:
    people = await staff(town)
    first = (
        b"NIP,Nama,NIP Atasan,Atasan Penilai,TMT\n"
        b"198001012005011001,Siti,Budi,Agus,1 Januari 2025\nBudi,Budi,Agus,,2025-01-01\n"
    )
    assert figures(await send(town, "reporting-lines", first)) == (2, 0, 0, 0)
    later = b"NIP,NIP Atasan,TMT\n198001012005011001,Wati,2026-01-01\nBudi,Agus,2026-01-01\n"
    assert figures(await send(town, "reporting-lines", later)) == (0, 1, 1, 0)
    for file in (first, later):
        assert figures(await send(town, "reporting-lines", file)) == (0, 0, 2, 0)
    assert await lines_of(town, people["Siti"]) == [
        (people["Budi"], "2025-01-01", "2026-01-01"),
        (people["Wati"], "2026-01-01", None),
    ]
    for day, assessor in (("2025-12-31", "Budi"), ("2026-01-01", "Wati")):
        found = await town.call("GET", f"/v1/people/{people['Siti']}/assessor?on={day}")
        assert found.json()["assessor"]["name"] == assessor
    await sent_back(town, "reporting-lines", rows=3)
    # The rows of one file may come in any order; a correction keeps the days.
    both = (
        b"NIP,Penilai,Mulai,Sampai dengan\nWati,Budi,2026-01-01,2026-06-30\n"
        b"Wati,Agus,2025-01-01,\nBudi,Agus,2025-01-01,2026-12-31\n"
    )
    assert figures(await send(town, "reporting-lines", both)) == (1, 2, 0, 0)
    assert await lines_of(town, people["Wati"]) == [
        (people["Agus"], "2025-01-01", "2026-01-01"),
        (people["Budi"], "2026-01-01", "2026-07-01"),
    ]
    assert figures(await send(town, "reporting-lines", both)) == (0, 0, 3, 0)


async def test_lines_that_cannot_be(town: Town) -> None:
    people = await staff(town)
    stored = b"NIP,Penilai,Mulai\nWati,Budi,2026-01-01\n"
    assert figures(await send(town, "reporting-lines", stored)) == (1, 0, 0, 0)
    wrong = (
        b"NIP,Penilai,Atasan penilai,Mulai,Selesai\nBudi,Agus,,2025-01-01,\n"
        b"Agus,Wati,,2026-03-01,\nWati,198001012005011001,,2025-01-01,\n"
        b"Wati,Agus,,2025-01-01,2026-02-01\n"
        b"Agus,Agus,,2024-01-01,\nAgus,Budi,Budi,2024-02-01,\n,Budi,,2024-01-01,\n"
        b"Agus,,,2024-03-01,\nWati,Budi,,2025-05-01,2026-01-01\n"
    )
    below = "is assessed below the person on 2026-03-01"
    assert await bad_cells(town, "reporting-lines", wrong) == [
        (2, "Penilai", below),
        (3, "Penilai", below),
        (4, "Selesai", "is empty, and another line begins later, on 2026-01-01"),
        (5, "Mulai", "stands in line 4"),
        (6, "Penilai", "is the person themselves"),
        (7, "Atasan penilai", "must be neither"),
        (8, "NIP", "is empty"),
        (9, "Penilai", "is empty"),
        (10, "Selesai", "overlaps the line from 2026-01-01 without a last day"),
    ]
    assert await lines_of(town, people["Wati"]) == [(people["Budi"], "2026-01-01", None)]
