"""Every write raises the version, stands in the outbox as the whole state, and names nobody."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import pytest

from shared.contracts import EVENTS
from tests.registry.test_numbers import GOOD, GOOD_PPPK
from tests.registry.town import Town

NAME = "Siti Rahmawati"


async def life_of_a_town(town: Town) -> int:
    """Every kind of write once or more; returns how many entity states were written."""
    top = await town.unit("Dinas", code="01")
    other = await town.unit("Cabang", code="02")
    service = (await town.made("/v1/services", {"name": "KTP-el"}))["id"]
    person = await town.person(name=NAME, kind="civil_servant", number=GOOD)
    await town.assignment(person, top, "2024-01-01")
    acting = await town.assignment(person, other, "2024-01-01", kind="acting")
    policy = (await town.made("/v1/satisfaction-policies", {"valid_from": "2026-01-01"}))["id"]
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", "/v1/tenant", {"name": "Kota Tebing Tinggi"}),
        ("PATCH", f"/v1/units/{other}", {"parent_id": str(top)}),
        ("PATCH", f"/v1/services/{service}", {"standard_minutes": 15}),
        ("PATCH", f"/v1/people/{person}", {"kind": "pppk", "number": GOOD_PPPK}),
        ("PATCH", f"/v1/people/{person}", {"name": f"{NAME}, S.H.", "external_id": "X-1"}),
        ("PATCH", f"/v1/people/{person}/assignments/{acting}", {"valid_until": "2025-01-01"}),
        ("POST", f"/v1/people/{person}/transfers", {"unit_id": str(other), "on": "2025-01-01"}),
        ("PUT", f"/v1/satisfaction-policies/{policy}", {"valid_from": "2026-02-01"}),
        ("DELETE", f"/v1/satisfaction-policies/{policy}", None),
        ("DELETE", f"/v1/services/{service}", None),
        ("DELETE", f"/v1/people/{person}/assignments/{acting}", None),
    ]
    for method, path, body in calls:
        answer = await town.call(method, path, body, role="tenant_administrator")
        assert answer.is_success, answer.text
    for kind, file in (
        ("units", "kode;nama\n01;Dinas\n03;Kelurahan\n"),
        ("people", f"nip;nama;kode unit;tmt\n198001012006041001;{NAME};03;2024-01-01\n"),
    ):
        answer = await town.call(
            "POST",
            f"/v1/imports/{kind}",
            content=file.encode(),
            headers={"content-type": "text/csv"},
        )
        assert answer.is_success, answer.text
    # The tenant, seven creations, ten changes, a transfer's second half, three imported.
    return 1 + 7 + len(calls) + 1 + 3


async def test_versions_rise_by_one_and_events_hold_the_whole_state(town: Town) -> None:
    written = await life_of_a_town(town)
    announced = await town.outbox()
    assert len(announced) == written
    versions = defaultdict(list)
    for row in announced:
        event = EVENTS[row["event_type"]].model_validate_json(row["body"])
        assert (event.tenant_id, event.key()) == (town.id, row["key"])
        body = json.loads(row["body"])
        versions[row["key"]].append(body["version"])
    assert len(versions) == 12  # 1 tenant, 3 units, 1 service, 2 people, 4 assignments, 1 policy
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


async def test_no_event_and_no_log_line_names_anybody(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    await life_of_a_town(town)
    taken = {"name": NAME, "kind": "pppk", "number": GOOD_PPPK}
    assert (await town.call("POST", "/v1/people", taken)).status_code == 409
    written = "".join(capfd.readouterr())
    for row in await town.outbox():
        written += row["body"].decode() + row["key"] + row["subject"]
    assert str(town.id) in written
    for personal in (NAME, "Siti", "Rahmawati", GOOD, GOOD_PPPK, "198001012006041001", "X-1"):
        assert personal not in written


async def test_nothing_changed_is_nothing_written(town: Town) -> None:
    unit = await town.unit("Dinas", code="01")
    before = len(await town.outbox())
    answer = await town.call("PATCH", f"/v1/units/{unit}", {"name": "Dinas", "code": "01"})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await town.outbox()) == before


async def test_a_refused_write_leaves_nothing(town: Town) -> None:
    await town.unit("Dinas", code="01")
    before = len(await town.outbox())
    answer = await town.call("POST", "/v1/units", {"name": "B", "kind": "opd", "code": "01"})
    assert answer.is_error
    assert len(await town.outbox()) == before


async def test_changes_at_the_same_time_all_count(town: Town) -> None:
    unit = await town.unit("Dinas")
    answers = await asyncio.gather(
        *(town.call("PATCH", f"/v1/units/{unit}", {"name": f"Dinas {n}"}) for n in range(8))
    )
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))
    bodies = [json.loads(row["body"]) for row in await town.outbox()]
    assert [b["version"] for b in bodies if b["id"] == str(unit)] == list(range(1, 10))


async def test_an_edit_of_an_old_state_is_refused(town: Town) -> None:
    unit = await town.unit("Dinas")
    path, seen = f"/v1/units/{unit}", {"if-match": '"1"'}
    assert (await town.call("PATCH", path, {"name": "A"}, headers=seen)).status_code == 200
    for method, body in (("PATCH", {"name": "B"}), ("DELETE", None)):
        answer = await town.call(method, path, body, headers=seen)
        assert answer.status_code == 412
        assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"
        assert "Fetch it again" in answer.json()["detail"]
    newest = {"if-match": '"2"'}
    assert (await town.call("PATCH", path, {"name": "B"}, headers=newest)).status_code == 200
    odd = await town.call("PATCH", path, {"name": "C"}, headers={"if-match": "yesterday"})
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "if-match")
