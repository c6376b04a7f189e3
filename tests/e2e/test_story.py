"""One true story: real survey rows go in over HTTP and become an index that explains itself.

The rows and the results they must give are published (``tests/data``).
"""

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.commands import tera
from tests.support.databases import Templates
from tests.support.installation import Installation, Office, installation
from tests.support.published import SEKADAU, kediri, sekadau
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module")
async def running(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with installation(templates, tmp_path_factory.mktemp("story")) as made:
        yield made


async def card_with(office: Office, answers: int, *, period: str) -> dict[str, Any]:
    """The unit's card once it counts so many answers."""

    async def complete() -> dict[str, Any]:
        card = await office.card(period)
        assert card["answers"] == answers
        return card

    return await eventually(complete, within=20, every=0.02)


async def test_sekadau_over_http(running: Installation) -> None:
    office = await running.office("sekadau")
    async with httpx.AsyncClient() as http:
        for scores in sekadau():
            body = {"counter": office.desk.counter, "scores": scores, "service_day": "2019-06-28"}
            answer = await http.post(office.desk.url, json=body)
            assert answer.status_code == 201, answer.text
    card = await card_with(office, 49, period="2019-06")
    assert (card["index"], card["grade"]) == ("78.74", "B")
    quarter = await card_with(office, 49, period="2019-Q2")
    assert (quarter["index"], quarter["grade"]) == ("78.74", "B")


async def test_sekadau_imported_twice(running: Installation) -> None:
    office = await running.office("sekadau")
    command = [
        "import", "answers", str(SEKADAU), "--tenant", str(office.tenant), "--unit",
        str(office.unit), "--service", str(office.service), "--batch", "2019-s1", "--date",
        "2019-06-28",
    ]  # fmt: skip
    first = await tera(running, *command)
    second = await tera(running, *command)
    for printed in (first, second):
        line = next(line for line in printed.splitlines() if "2019-06" in line)
        assert {"49", "78.74", "B"} <= set(line.split()), printed
    assert "respondent" in first, "a column that is not used is named"
    stored = "select count(*) from answers where tenant_id = $1"
    assert await running.value("feedback", stored, office.tenant) == 49


async def test_kediri_row_by_row(running: Installation) -> None:
    office = await running.office("kediri")
    async with httpx.AsyncClient() as http:
        for number, row in enumerate(kediri(), start=1):
            body = {
                "counter": office.desk.counter,
                "scores": row.scores,
                "service_day": row.answered_at.date().isoformat(),
            }
            answer = await http.post(office.desk.url, json=body)
            assert answer.status_code == 201, answer.text
            card = await card_with(office, number, period="2024-Q2")
            exact = Fraction(card["index_numerator"], card["index_denominator"])
            assert abs(exact - Fraction(row.index)) <= Fraction(1, 10_000)


async def test_the_index_explains_itself(running: Installation) -> None:
    """G6: from the explanation's inputs alone a person can compute the index again."""
    office = await running.office("explained")
    rows = sekadau()
    async with httpx.AsyncClient() as http:
        for scores in rows:
            body = {"counter": office.desk.counter, "scores": scores, "service_day": "2019-06-28"}
            assert (await http.post(office.desk.url, json=body)).status_code == 201
    await card_with(office, 49, period="2019-06")
    path = f"/v1/units/{office.unit}/satisfaction/explanation"
    told = await office.administrator.get("scoring", path, period="2019-06")
    means = []
    for element in told["inputs"]["elements"]:
        given = [row[element["element"]] for row in rows]
        assert element["marks"] == [given.count(mark) for mark in (1, 2, 3, 4)]
        total = sum(mark * count for mark, count in enumerate(element["marks"], start=1))
        means.append(Fraction(total, sum(element["marks"])))
    steps = {step["name"]: step["value"] for step in told["arithmetic"]}
    assert Fraction(steps["index"]) == sum(means, Fraction()) / 9 * 25
    assert (steps["rounded"], steps["grade"]) == ("78.74", "B")
    assert told["evidence"] == [{"day": "2019-06-28", "counted": 49, "parked": 0, "withdrawn": 0}]
    assert told["last_change"]["what"] == "counted"
    assert told["rule"]["source"]
    assert told["policy"]["reason"]


async def test_the_api_login_sees_one_tenant(running: Installation) -> None:
    """G7: on the api login nothing is seen without a tenant, and nothing of another's."""
    office = await running.office("apart")
    async with httpx.AsyncClient() as http:
        body = {"counter": office.desk.counter, "scores": {"waktu": 4}}
        assert (await http.post(office.desk.url, json=body)).status_code == 201
    day = await office.administrator.get("feedback", "/v1/answers")
    period = day["items"][0]["occurred_at"][:7]
    await card_with(office, 1, period=period)
    for service, tables in {
        "registry": ("tenants", "units", "services"),
        "feedback": ("answers", "counters", "units"),
        "scoring": ("facts", "tallies", "cards"),
    }.items():
        for table in tables:
            count = f"select count(*) from {table}"
            assert await running.as_api(service, count) == 0
            assert await running.as_api(service, count, tenant=office.service) == 0
            assert await running.as_api(service, count, tenant=office.tenant) > 0


async def test_bad_paper_is_named_cell_by_cell(running: Installation, tmp_path: Path) -> None:
    """Every bad cell is named by line, column and reason, and nothing is sent."""
    office = await running.office("paper")
    file = tmp_path / "answers.csv"
    file.write_text("U1;U2;U8;notes\n3;4;5;a\n0;3;;b\n;;;c\n4;4;4;d\n", encoding="utf-8-sig")
    command = [
        "import", "answers", str(file), "--tenant", str(office.tenant), "--unit",
        str(office.unit), "--service", str(office.service), "--batch", "b", "--date", "2024-05-02",
    ]  # fmt: skip
    assert "--u8" in await tera(running, *command, fails=True)
    told = await tera(running, *command, "--u8", "sarana", fails=True)
    assert "notes" in told
    for line, column in (("2", "U8"), ("3", "U1")):
        assert any(line in row and column in row for row in told.splitlines()), told
    stored = "select count(*) from answers where tenant_id = $1"
    assert await running.value("feedback", stored, office.tenant) == 0
