"""The post of a person in files: found by its title in the unit, refused by cell, given back."""

from typing import Any
from uuid import UUID

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town

HEADER = "id,nama,jenis,unit kerja,tmt,nama jabatan\n"
FILE = (
    HEADER + "a,Siti,non asn,01,2024-01-01,kepala  DINAS\n"
    "b,Budi,non asn,Dinas Dua,2024-01-01,Analis; Muda\n"
    "c,Agus,non asn,01,2024-01-01,\n"
).encode()


async def offices(town: Town) -> dict[str, str]:
    """Two units with posts; the posts' ids by their titles."""
    posts = {}
    for code, name, titles in (
        ("01", "Dinas Satu", ("Kepala Dinas", "Sekretaris")),
        ("02", "Dinas Dua", ("Analis; Muda", "Staf", "STAF")),
    ):
        unit = await town.unit(name, code=code)
        for title in titles:
            post = {"unit_id": str(unit), "title": title, "post_kind": "executor"}
            posts[title] = (await town.made("/v1/posts", post))["id"]
    return posts


async def held(town: Town, mark: str) -> list[tuple[str, str | None, str | None]]:
    """First day, last day and post of each assignment of somebody."""
    people = (await town.call("GET", "/v1/people")).json()["items"]
    person = next(UUID(each["id"]) for each in people if each["external_id"] == mark)
    answer: list[dict[str, Any]] = (
        await town.call("GET", f"/v1/people/{person}/assignments")
    ).json()
    return [(each["valid_from"], each["valid_until"], each["post_id"]) for each in answer]


async def test_people_hold_posts_of_their_units(town: Town) -> None:
    posts = await offices(town)
    assert figures(await send(town, "people", FILE)) == (3, 0, 0, 0)
    assert await held(town, "a") == [("2024-01-01", None, posts["Kepala Dinas"])]
    assert await held(town, "b") == [("2024-01-01", None, posts["Analis; Muda"])]
    assert await held(town, "c") == [("2024-01-01", None, None)]
    announced = len(await town.outbox())
    assert figures(await send(town, "people", FILE)) == (0, 0, 3, 0)
    without = FILE.replace(b"kepala  DINAS", b"")
    assert figures(await send(town, "people", without)) == (0, 0, 3, 0)
    assert len(await town.outbox()) == announced
    await sent_back(town, "people", rows=3)
    export = (await town.call("GET", "/v1/exports/people?format=csv")).text
    assert "01;Kepala Dinas;2024-01-01" in export


async def test_another_post_on_the_same_day_is_a_correction_later_a_transfer(town: Town) -> None:
    posts = await offices(town)
    await send(town, "people", FILE)
    other = FILE.replace(b"kepala  DINAS", b"Sekretaris")
    assert figures(await send(town, "people", other)) == (0, 1, 2, 0)
    assert await held(town, "a") == [("2024-01-01", None, posts["Sekretaris"])]
    later = (HEADER + "a,Siti,non asn,01,1 Maret 2025,Kepala Dinas\n").encode()
    assert figures(await send(town, "people", later)) == (0, 1, 0, 0)
    assert figures(await send(town, "people", later)) == (0, 0, 1, 0)
    assert await held(town, "a") == [
        ("2024-01-01", "2025-03-01", posts["Sekretaris"]),
        ("2025-03-01", None, posts["Kepala Dinas"]),
    ]


async def test_posts_that_the_unit_does_not_have_are_refused(town: Town) -> None:
    await offices(town)
    wrong = (
        HEADER + "a,Siti,non asn,02,2024-01-01,Kepala Dinas\n"
        "b,Budi,non asn,02,2024-01-01,staf\n"
        "c,Agus,non asn,,,Sekretaris\n"
        "d,Rina,non asn,02,2024-01-01,STAF\n"
        "e,Dewi,non asn,01,2024-01-01,Plt. Kepala Dinas\n"
    ).encode()
    assert await bad_cells(town, "people", wrong) == [
        (2, "nama jabatan", "is not one of the stored posts of this unit: import"),
        (3, "nama jabatan", "fits several posts of this unit (STAF, Staf): write one of these"),
        (4, "nama jabatan", "needs unit and first day"),
        (6, "nama jabatan", "is an acting post (Plt., Plh.)"),
    ]
    assert figures(await send(town, "people", wrong, rows="good")) == (1, 0, 0, 4)


async def test_where_nobody_keeps_posts_the_column_is_left_out(town: Town) -> None:
    await town.unit("Dinas Satu", code="01")
    await town.unit("Dinas Dua", code="02")
    assert figures(await send(town, "people", FILE)) == (3, 0, 0, 0)
    assert await held(town, "a") == [("2024-01-01", None, None)]
    assert figures(await send(town, "people", FILE)) == (0, 0, 3, 0)
