"""Posts, goals and periods from files: recognised again, refused by cell, given back."""

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town


async def test_posts(town: Town) -> None:
    await town.unit("Dinas Satu", code="01")
    await town.unit("Dinas Dua", code="02")
    file = (
        b"Unit kerja,Jabatan,Jenis\ndinas satu,Kepala Dinas,Struktural\n"
        b"02,Pranata Komputer,JF\n02,Pengadministrasi,pelaksana\n"
    )
    assert figures(await send(town, "posts", file)) == (3, 0, 0, 0)
    assert figures(await send(town, "posts", file)) == (0, 0, 3, 0)
    await sent_back(town, "posts", rows=3)
    renamed = file.replace(b"JF\n", b"struktural\n").replace(b"pelaksana\n", b"\n")
    announced = len(await town.outbox())
    assert figures(await send(town, "posts", renamed)) == (0, 1, 2, 0)
    assert len(await town.outbox()) == announced + 1
    wrong = (
        b"unit,jabatan,jenis\nDinas,Kepala,struktural\n02,,struktural\n02,Baru,\n02,Lain,raja\n"
        b",Camat,struktural\n02,Sama,struktural\n02,Sama,struktural\n"
    )
    assert await bad_cells(town, "posts", wrong) == [
        (2, "unit", "is not the code"),
        (3, "jabatan", "is empty"),
        (4, "jenis", "is empty"),
        (5, "jenis", "must be one of"),
        (6, "unit", "is empty"),
        (8, "jabatan", "stands in line 7"),
    ]
    assert figures(await send(town, "posts", wrong, rows="good")) == (1, 0, 0, 6)


async def test_goals_of_other_years_are_others(town: Town) -> None:
    file = (
        b"Sasaran,Mulai,Sampai dengan\nLayanan cepat,1 Januari 2025,31/12/2025\n"
        b"Layanan cepat,2026-01-01,2026-12-31\n"
    )
    assert figures(await send(town, "goals", file)) == (2, 0, 0, 0)
    assert figures(await send(town, "goals", file)) == (0, 0, 2, 0)
    longer = file.replace(b"2026-12-31", b"2027-12-31").replace(b"31/12/2025", b"")
    assert figures(await send(town, "goals", longer)) == (0, 1, 1, 0)
    stored = (await town.call("GET", "/v1/goals")).json()["items"]
    assert sorted(each["ends_on"] for each in stored) == ["2026-01-01", "2028-01-01"]
    await sent_back(town, "goals", rows=2)
    wrong = (
        b"Sasaran,Mulai,Sampai dengan\n,2025-01-01,2025-12-31\nA,,2025-12-31\nB,2025-01-01,\n"
        b"C,2025-01-01,2024-12-31\nD,2025-01-01,31-12-99\nE,2025-01-01,9999-12-31\n"
        b"F,2025-01-01,2025-12-31\nF,2025-01-01,2025-12-30\n"
    )
    assert await bad_cells(town, "goals", wrong) == [
        (2, "Sasaran", "is empty"),
        (3, "Mulai", "is empty"),
        (4, "Sampai dengan", "is empty"),
        (5, "Sampai dengan", "is before"),
        (6, "Sampai dengan", "has a year of two"),
        (7, "Sampai dengan", "is the end of time"),
        (9, "Sasaran", "stands in line 8"),
    ]


async def test_periods(town: Town) -> None:
    file = (
        b"Jenis periode,Mulai,Selesai,Ditutup\nbulanan,2026-01-01,31/01/2026,10/02/2026\n"
        b"triwulan,1 April 2026,,2026-07-10 15.00\ntahunan,2026-01-01,,\n"
    )
    assert figures(await send(town, "periods", file)) == (3, 0, 0, 0)
    assert figures(await send(town, "periods", file)) == (0, 0, 3, 0)
    stored = (await town.call("GET", "/v1/periods")).json()["items"]
    month, quarter, year = sorted(stored, key=lambda each: each["kind"])
    assert (month["ends_on"], month["closes_at"]) == ("2026-02-01", "2026-02-10T17:00:00Z")
    assert (quarter["ends_on"], quarter["closes_at"]) == ("2026-07-01", "2026-07-10T08:00:00Z")
    assert (year["kind"], year["closes_at"]) == ("yearly", "2027-01-31T17:00:00Z")
    await town.call("POST", f"/v1/periods/{month['id']}/advance", {"to": "running"})
    odd = {"closes_at": "2027-02-03T04:05:06.789Z"}
    assert (await town.call("PATCH", f"/v1/periods/{year['id']}", odd)).status_code == 200
    end = {"closes_at": "9999-12-31T23:00:00Z"}
    assert (await town.call("PATCH", f"/v1/periods/{quarter['id']}", end)).status_code == 200
    await sent_back(town, "periods", rows=3)
    later = b"jenis,mulai,ditutup\nBulanan,2026-01-01,2026-02-12\n"
    assert figures(await send(town, "periods", later)) == (0, 1, 0, 0)
    shown = (await town.call("GET", f"/v1/periods/{month['id']}")).json()
    assert (shown["state"], shown["closes_at"]) == ("running", "2026-02-12T17:00:00Z")
    wrong = (
        b"jenis,mulai,selesai,ditutup\nmingguan,2026-01-01,,\nbulanan,2026-01-02,,\n"
        b"triwulan,2026-02-01,,\nbulanan,2026-02-01,2026-03-01,\nbulanan,2026-03-01,,2026-03-30\n"
        b"bulanan,2026-05-01,,2026-06-05 25:00\nbulanan,1999-01-01,,\n"
        b"bulanan,2026-06-01,,9999-12-31\nbulanan,2026-07-01,,\nbulan,2026-07-01,,\n"
    )
    assert await bad_cells(town, "periods", wrong) == [
        (2, "jenis", "must be one of bulanan"),
        (3, "mulai", "must be the first day of a month"),
        (4, "mulai", "must be 1 January, 1 April"),
        (5, "selesai", "must be 2026-02-28"),
        (6, "ditutup", "must not be before"),
        (7, "ditutup", "must end with a time"),
        (8, "mulai", "must be a day of"),
        (9, "ditutup", "must be a day of the years"),
        (11, "mulai", "stands in line 10"),
    ]
