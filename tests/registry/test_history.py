"""Every change is recorded: who, when, before, after; and any entity as it was known on a day."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tests.registry.town import Town


async def test_each_change_tells_who_and_from_what_to_what(town: Town) -> None:
    unit, officer = await town.unit("Dinas Lama"), uuid4()
    await town.call("PATCH", f"/v1/units/{unit}", {"name": "Dinas Baru"}, person=officer)
    await town.call("PATCH", f"/v1/units/{unit}", {"name": "Dinas Baru"}, person=officer)
    await town.call("DELETE", f"/v1/units/{unit}")
    answer = await town.call("GET", f"/v1/history/unit/{unit}")
    gone, renamed, made = answer.json()["items"]
    assert (made["before"], made["after"]["name"], made["actor"]) == (None, "Dinas Lama", "tester")
    assert (renamed["before"]["name"], renamed["after"]["name"]) == ("Dinas Lama", "Dinas Baru")
    assert (renamed["actor_person_id"], renamed["after"]["version"]) == (str(officer), 2)
    assert (gone["before"]["name"], gone["after"]) == ("Dinas Baru", None)
    assert made["changed_at"] < renamed["changed_at"] < gone["changed_at"]


async def test_pages_go_back_in_time(town: Town) -> None:
    unit = await town.unit("1")
    for name in ("2", "3"):
        await town.call("PATCH", f"/v1/units/{unit}", {"name": name})
    first = (await town.call("GET", f"/v1/history/unit/{unit}?limit=2")).json()
    cursor = first["next_cursor"]
    rest = (await town.call("GET", f"/v1/history/unit/{unit}?limit=2&cursor={cursor}")).json()
    names = [change["after"]["name"] for change in first["items"] + rest["items"]]
    assert (names, rest["next_cursor"]) == (["3", "2", "1"], None)


async def test_what_was_known_on_a_day(town: Town) -> None:
    unit = await town.unit("Dinas Lama")
    await town.call("PATCH", f"/v1/units/{unit}", {"name": "Dinas Baru"})
    await _as_if_days_ago(town, unit, name="Dinas Lama", days=3)
    today = (datetime.now(UTC) + timedelta(hours=7)).date()

    async def known(day: object) -> tuple[int, str | None]:
        answer = await town.call("GET", f"/v1/history/unit/{unit}/{day}")
        return answer.status_code, answer.json().get("state", {}).get("name")

    assert await known(today) == (200, "Dinas Baru")
    assert await known(today - timedelta(days=1)) == (200, "Dinas Lama")
    assert await known(today - timedelta(days=3)) == (200, "Dinas Lama")
    assert await known(today - timedelta(days=4)) == (404, None)
    assert (await known("9999-12-31"))[0] == 404


async def test_personal_data_of_the_history_is_for_its_keepers(town: Town) -> None:
    person = await town.person()
    answer = await town.call("GET", f"/v1/history/person/{person}", role="employee", person=person)
    assert answer.status_code == 403


async def test_an_import_and_a_hand_at_the_database_are_recorded_too(town: Town) -> None:
    await town.call(
        "POST",
        "/v1/imports/units",
        content=b"kode,nama\n01,Satu\n02,Dua\n",
        headers={"content-type": "text/csv"},
    )
    kinds = await town.owner.fetch(
        "select after ->> 'code' as code, actor from history where tenant_id = $1 and kind = 'unit'"
        " order by 1",
        town.id,
    )
    assert [tuple(row) for row in kinds] == [("01", "tester"), ("02", "tester")]
    await town.owner.execute("update units set name = 'x' where tenant_id = $1", town.id)
    by_hand = await town.owner.fetchval(
        "select count(*) from history where tenant_id = $1 and actor is null", town.id
    )
    assert by_hand == 2


async def _as_if_days_ago(town: Town, unit: UUID, *, name: str, days: int) -> None:
    await town.owner.execute(
        "update history set changed_at = changed_at - $3 * interval '1 day'"
        " where tenant_id = $1 and entity_id = $2 and after ->> 'name' = $4",
        town.id,
        unit,
        days,
        name,
    )
