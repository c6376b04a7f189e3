"""Goals of the region: read by everybody, kept by personnel officers."""

from typing import Any

from tests.registry.town import Town

GOAL = {"name": "Layanan tanpa antre", "starts_on": "2026-01-01", "ends_on": "2027-01-01"}


async def test_goals_of_a_day(town: Town) -> None:
    await town.made("/v1/goals", GOAL)
    await town.made("/v1/goals", {**GOAL, "name": "lama", "starts_on": "2025-01-01"})

    async def on(day: str) -> list[str]:
        answer = await town.call("GET", f"/v1/goals?on={day}", role="employee")
        return [goal["name"] for goal in answer.json()["items"]]

    assert await on("2025-12-31") == ["lama"]
    assert await on("2026-12-31") == ["Layanan tanpa antre", "lama"]
    assert await on("2027-01-01") == []


async def test_a_goal_ends_after_it_begins(town: Town) -> None:
    for method, path in (("POST", ""), ("PUT", f"/{(await town.made('/v1/goals', GOAL))['id']}")):
        body = {**GOAL, "ends_on": GOAL["starts_on"]}
        answer = await town.call(method, f"/v1/goals{path}", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "ends_on")


async def test_the_second_editor_is_told_and_every_change_is_kept(town: Town) -> None:
    made = await town.made("/v1/goals", GOAL)
    path, seen = f"/v1/goals/{made['id']}", {"if-match": '"1"'}
    changed = await town.call("PUT", path, {**GOAL, "name": "A"}, headers=seen)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    calls: tuple[tuple[str, Any], ...] = (("PUT", {**GOAL, "name": "B"}), ("DELETE", None))
    for method, body in calls:
        assert (await town.call(method, path, body, headers=seen)).status_code == 412
    assert (await town.call("DELETE", path)).status_code == 204
    assert (await town.call("GET", path)).status_code == 404
    history = (await town.call("GET", f"/v1/history/goal/{made['id']}")).json()["items"]
    assert [change["after"] and change["after"]["name"] for change in history] == [
        None,
        "A",
        GOAL["name"],
    ]
