"""Who answered, in counts: exact for the official report, and for others nobody can be found."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.feedback.respondents.rules import LEAST, full, merged, months_between
from tests.feedback.conftest import MARKS, Feedback, slug

MARCH = {"from": "2026-02-28T17:00:00Z", "until": "2026-03-31T17:00:00Z"}  # in Jakarta
VALUES = ("a", "b", "c", "d")


def test_full_shows_zeros() -> None:
    assert [(g.values, g.answers) for g in full({"b": 2}, VALUES)] == [
        (("a",), 0), (("b",), 2), (("c",), 0), (("d",), 0),
    ]  # fmt: skip


def test_no_small_group_is_shown_or_can_be_computed() -> None:
    """Of every table that shows the same, at least two differ in each cell that is small."""
    behind: dict[Any, list[dict[str, int]]] = defaultdict(list)
    for counts in product(range(13), repeat=len(VALUES)):
        table = dict(zip(VALUES, counts, strict=True))
        groups = merged(table, VALUES)
        assert sum(group.answers for group in groups) in {sum(counts), 0}
        assert all(group.answers == 0 or group.answers >= LEAST for group in groups)
        if groups:
            assert sorted(value for group in groups for value in group.values) == list(VALUES)
            behind[tuple((group.values, group.answers) for group in groups)].append(table)
    checked = 0
    for shown, tables in behind.items():
        if max(answers for values, answers in shown if len(values) > 1 or answers < 13) > 13:
            continue  # some of the tables behind this one hold more than the twelves tried here
        for value in VALUES:
            possible = {table[value] for table in tables}
            checked += 1
            assert possible == {0} or min(possible) >= LEAST or len(possible) > 1, (shown, value)
    assert checked > 500


@pytest.mark.parametrize(
    ("from_", "until", "zone", "months"),
    [
        ("2026-03-01T00:00+07:00", "2026-04-01T00:00+07:00", "Asia/Jakarta", 1),
        ("2026-02-28T17:00+00:00", "2026-05-31T17:00+00:00", "Asia/Jakarta", 3),
        ("2026-02-28T17:00+00:00", "2026-03-31T17:00+00:00", "Asia/Jayapura", None),
        ("2026-03-01T00:00+07:00", "2026-03-02T00:00+07:00", "Asia/Jakarta", None),
        ("2026-03-01T00:00+07:00", "2026-03-01T00:00+07:00", "Asia/Jakarta", None),
        ("2026-04-01T00:00+07:00", "2026-03-01T00:00+07:00", "Asia/Jakarta", None),
        ("2026-03-01T00:00-05:00", "2026-12-01T00:00-05:00", "America/Lima", 9),
    ],
)
def test_whole_months_of_the_tenant(from_: str, until: str, zone: str, months: int | None) -> None:
    assert (
        months_between(datetime.fromisoformat(from_), datetime.fromisoformat(until), zone) == months
    )


async def paper(feedback: Feedback, profiles: Sequence[dict[str, str] | None], **row: Any) -> None:
    body = {
        "unit_id": str(feedback.ours.unit),
        "service_id": str(feedback.ours.service),
        "rows": [
            {"line": line, "scores": MARKS, "day": "2026-03-05"}
            | ({"profile": profile} if profile else {})
            | row
            for line, profile in enumerate(profiles, 1)
        ],
    }
    name = row.get("day", "march")
    response = await feedback.post(f"/v1/paper-batches/{name}/answers", body)
    assert response.status_code == 200, response.text
    assert {each["result"] for each in response.json()["rows"]} == {"new"}


async def ask(feedback: Feedback, role: str = "survey_officer", **query: Any) -> Any:
    params = {name: str(value) for name, value in (MARCH | query).items()}
    path = f"/v1/units/{query.pop('unit', feedback.ours.unit)}/respondents"
    return await feedback.http.get(path, params=params, headers=feedback.headers(role))


def table(groups: list[Any]) -> dict[str, int]:
    return {"+".join(group["values"]): group["answers"] for group in groups}


PROFILES: list[dict[str, str] | None] = [
    *([{"sex": "woman", "education": "sma", "occupation": "swasta"}] * 6),
    *([{"sex": "man", "education": "s1", "age_band": "30_39"}] * 4),
    {"sex": "man", "education": "s3", "age_band": "60_plus", "occupation": "pns"},
    None,
]


async def test_the_full_distribution_for_who_publishes(feedback: Feedback) -> None:
    await paper(feedback, PROFILES)
    counter = await feedback.counter()  # answers of today are not of March
    await feedback.answer({"counter": counter["code"], "scores": MARKS, "profile": {"sex": "man"}})
    await paper(feedback, [{"sex": "woman"}], day="2026-04-01")
    for role in ("survey_officer", "tenant_administrator"):
        response = await ask(feedback, role)
        assert response.status_code == 200, response.text
        said = response.json()
        assert (said["answers"], said["merged"]) == (12, False)
        assert table(said["sex"]) == {"woman": 6, "man": 5, "not_stated": 1}
        assert table(said["education"]) == {
            "sd": 0, "smp": 0, "sma": 6, "diploma": 0, "s1": 4, "s2": 0, "s3": 1, "not_stated": 1,
        }  # fmt: skip
        assert table(said["age_band"])["not_stated"] == 7
        assert table(said["occupation"])["pns"] == 1
        assert table(said["service"]) == {str(feedback.ours.service): 12}
        assert table(said["channel"]) == {"ticket": 0, "walk_in": 0, "paper": 12}
    await paper(feedback, [None], day="2026-03-31")  # the last day of the month there
    assert (await ask(feedback)).json()["answers"] == 13
    some = await ask(feedback, service=feedback.ours.service)
    assert some.json()["answers"] == 13


async def test_parked_ones_do_not_count(feedback: Feedback) -> None:
    await paper(feedback, PROFILES)
    [fact, *_] = await feedback.rows("select fact_id from answers where education = 's3'")
    await feedback.post(f"/v1/answers/{fact['fact_id']}/park", {"reason_code": "burst"})
    said = (await ask(feedback)).json()
    assert said["answers"] == 11
    assert table(said["education"])["s3"] == 0


async def test_small_groups_are_merged_for_unit_officers(feedback: Feedback) -> None:
    await paper(feedback, PROFILES)
    said = (await ask(feedback, "unit_officer")).json()
    assert said["merged"]
    assert table(said["sex"]) == {"woman": 6, "man+not_stated": 6}
    assert table(said["education"]) == {
        "sd": 0, "smp": 0, "sma": 6, "diploma": 0, "s2": 0, "s1+s3+not_stated": 6,
    }  # fmt: skip
    for refused in (
        {"service": feedback.ours.service},
        {"until": "2026-04-30T17:00:00Z"},
        _running_month(),
    ):
        response = await ask(feedback, "unit_officer", **refused)
        assert response.status_code == 403, refused
        assert slug(response) == "single-months-only"
        assert (await ask(feedback, **refused)).status_code == 200


def _running_month() -> dict[str, str]:
    place = ZoneInfo("Asia/Jakarta")
    first = datetime.now(place).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=40)).replace(day=1)
    return {
        "from": first.astimezone(UTC).isoformat(),
        "until": after.astimezone(UTC).isoformat(),
    }


async def test_four_respondents_are_nobodys_table(feedback: Feedback) -> None:
    await paper(feedback, PROFILES[:4])
    for role in ("survey_officer", "unit_officer"):
        said = (await ask(feedback, role)).json()
        assert said["answers"] == 4
        assert not any(said[group] for group in ("sex", "age_band", "service", "channel"))


async def test_what_cannot_be_asked(feedback: Feedback) -> None:
    for query in (
        {"from": "2026-03-01"},
        {"from": "2026-03-01T00:00:00"},
        {"from": "2026-03-01T00:00:00Z"},
        {"until": MARCH["from"]},
        {"from": "0001-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
        {"service": "KTP"},
    ):
        response = await ask(feedback, **query)
        assert response.status_code == 422, query
        assert slug(response) == "invalid-request"
    for unknown in ({"service": feedback.theirs.service}, {"unit": feedback.theirs.unit}):
        response = await ask(feedback, **unknown)
        assert (response.status_code, slug(response)) == (404, "not-found")
    for role in ("employee", "integration_client", "operator"):
        assert (await ask(feedback, role)).status_code == 403


async def test_the_same_sheet_with_another_profile_is_a_conflict(feedback: Feedback) -> None:
    await paper(feedback, PROFILES[:1])
    body = {
        "unit_id": str(feedback.ours.unit),
        "service_id": str(feedback.ours.service),
        "rows": [{"line": 1, "scores": MARKS, "day": "2026-03-05", "profile": {"sex": "man"}}],
    }
    response = await feedback.post("/v1/paper-batches/march/answers", body)
    assert [row["result"] for row in response.json()["rows"]] == ["conflict"]
    assert Counter(row["sex"] for row in await feedback.rows("select sex from answers")) == {
        "woman": 1
    }


async def test_one_index_is_enough_however_long_the_history(feedback: Feedback) -> None:
    """The plan goes by unit and time; on a table of this size nothing else would be tried."""
    plan = await feedback.rows(
        "explain select count(*) from answers where tenant_id = $1 and unit_id = $2"
        " and occurred_at >= $3 and occurred_at < $4",
        feedback.ours.id, feedback.ours.unit, datetime.now(UTC), datetime.now(UTC),
    )  # fmt: skip
    assert any("occurred_at" in row[0] for row in plan)
