"""What scoring answers over HTTP, to whom, and that it explains itself (promise G6)."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from services.scoring.ledger.rules import ELEMENTS
from shared.contracts import (
    AssignmentChanged,
    AssignmentKind,
    PersonChanged,
    PersonKind,
    SatisfactionPolicyChanged,
    ServiceChanged,
    TenantChanged,
    UnitChanged,
)
from tests.scoring.conftest import Book, Token
from tests.scoring.test_index import rows_of
from tests.scoring.world import Dice, answered
from tests.support.databases import Database

PERIOD = {"period": "2026-11"}


@dataclass
class City:
    """A tenant with two units, one service and one officer in the first unit."""

    book: Book
    http: httpx.AsyncClient
    token: Token
    dice: Dice = field(default_factory=lambda: Dice(random.Random()))

    def __post_init__(self) -> None:
        ids = [self.dice.id() for _ in range(6)]
        self.id, self.unit, self.other, self.service, self.officer, self.assignment = ids

    async def found(self) -> "City":
        same = {"tenant_id": self.id, "version": 1}
        await self.book.take(
            [
                TenantChanged(**same, id=self.id, slug="kota", name="K", zone="Asia/Jakarta"),
                UnitChanged(**same, id=self.unit, name="U", unit_kind="upt"),
                UnitChanged(**same, id=self.other, name="V", unit_kind="upt", parent_id=self.unit),
                ServiceChanged(**same, id=self.service, name="KTP"),
                PersonChanged(**same, id=self.officer, person_kind=PersonKind.PPPK),
                AssignmentChanged(
                    **same,
                    id=self.assignment,
                    person_id=self.officer,
                    unit_id=self.unit,
                    assignment_kind=AssignmentKind.DEFINITIVE,
                    valid_from=date(2026, 1, 1),
                ),
            ]
        )
        return self

    async def answers(self, rows: Sequence[Sequence[int | None]], **where: Any) -> list[UUID]:
        place = {"unit": self.unit, "service": self.service} | where
        facts = [answered(self.id, self.dice.id(), marks=row, **place) for row in rows]
        await self.book.take(facts)
        await self.book.settle()
        return [fact.fact_id for fact in facts]

    async def get(
        self, path: str, role: str = "employee", *, person: UUID | None = None, **query: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token(self.id, role, person=person)}"}
        return await self.http.get(path, params=PERIOD | query, headers=headers)

    async def show(self, path: str, role: str = "employee", **query: Any) -> dict[str, Any]:
        response = await self.get(path, role, **query)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body


@pytest_asyncio.fixture
async def city(book: Book, api: httpx.AsyncClient, token: Token) -> City:
    return await City(book, api, token).found()


async def sekadau(city: City, **where: Any) -> None:
    rows = rows_of("sekadau_2019_s1.csv")
    await city.answers([[int(row[e]) for e in ELEMENTS] for row in rows], **where)


async def test_sekadau_by_unit_service_month_and_quarter(city: City) -> None:
    await sekadau(city)
    for query in ({}, {"service": city.service}, {"period": "2026-Q4"}):
        card = await city.show(f"/v1/units/{city.unit}/satisfaction", **query)
        assert (card["answers"], card["index"], card["grade"]) == (49, "78.74", "B")
        assert Fraction(card["index_numerator"], card["index_denominator"]) == Fraction(
            1389 * 25, 49 * 9
        )
        assert float(card["interval"]["low"]) < 78.74 < float(card["interval"]["high"])
        assert not card["provisional"]
        assert not card["stale"]
        assert card["incomplete"] == 0
        assert card["policy"]["level"] == "default"
        biaya = card["elements"][3]
        assert (biaya["element"], biaya["mean"], biaya["index"]) == ("biaya", "3.6122", "90.31")


async def test_a_unit_without_answers_says_so(city: City) -> None:
    card = await city.show(f"/v1/units/{city.other}/satisfaction", population=1000)
    assert (card["answers"], card["index"], card["grade"]) == (0, None, None)
    assert card["provisional"]
    assert card["sample"] == {"population": 1000, "required": 278, "sufficient": False}
    assert {e["status"] for e in card["elements"]} == {"no_answers"}


async def test_few_answers_are_provisional_and_the_interval_is_wide(city: City) -> None:
    await city.answers([[4] * 9])
    card = await city.show(f"/v1/units/{city.unit}/satisfaction")
    assert (card["index"], card["provisional"]) == ("100.00", True)
    assert float(card["interval"]["low"]) < 80


async def test_a_policy_switches_elements_off_and_cuts_weights(city: City) -> None:
    await city.book.take(
        [
            SatisfactionPolicyChanged(
                tenant_id=city.id,
                id=city.dice.id(),
                version=1,
                unit_id=city.unit,
                valid_from=date(2026, 11, 1),
                weight_decimals=2,
                switched_off=({"element": "biaya", "service_id": city.service},),
                minimum_sample=1,
            )
        ]
    )
    await city.answers([[3, 3, 3, None, 3, 3, 3, 3, 3]], unit=city.other)
    card = await city.show(f"/v1/units/{city.other}/satisfaction")
    assert card["index"] == "72.00"  # 8 x 3 x 0.12 x 25
    assert card["incomplete"] == 0
    assert card["policy"]["level"] == "unit"
    assert card["elements"][3]["status"] == "switched_off"
    explained = await city.show(f"/v1/units/{city.other}/satisfaction/explanation")
    assert explained["inputs"]["switched_off"] == ["biaya"]
    assert "0.12" in str(explained["arithmetic"])
    assert explained["policy"]["reason"].startswith("The policy of the nearest unit")


async def test_the_list_of_units_is_paged(city: City) -> None:
    for unit in (city.unit, city.other):
        await city.answers([[3] * 9], unit=unit)
    first = await city.show("/v1/satisfaction", limit=1)
    second = await city.show("/v1/satisfaction", limit=1, cursor=first["next_cursor"])
    lines = first["items"] + second["items"]
    assert [UUID(line["unit_id"]) for line in lines] == sorted((city.unit, city.other))
    assert second["next_cursor"] is None
    assert {line["index"] for line in lines} == {"75.00"}


async def test_the_explanation_can_be_recomputed(city: City) -> None:
    await sekadau(city)
    facts = await city.answers([[1] * 9])
    withdrawn = answered(
        city.id, facts[0], unit=city.unit, service=city.service, revision=2, state="withdrawn"
    )
    await city.book.take([withdrawn])
    await city.book.settle()
    explained = await city.show(f"/v1/units/{city.unit}/satisfaction/explanation")
    assert explained["rule"] == {
        "name": "satisfaction-index",
        "version": 1,
        "source": "PermenPANRB 14/2017, annex: nine elements, weighted mean x 25, four bands",
    }
    elements = explained["inputs"]["elements"]
    means = [
        Fraction(sum(m * n for m, n in enumerate(e["marks"], 1)), e["answers"]) for e in elements
    ]
    steps = {step["name"]: step["value"] for step in explained["arithmetic"]}
    assert [steps[f"mean of {e}"] for e in ELEMENTS] == [str(mean) for mean in means]
    assert Fraction(steps["index"]) == sum(means) * Fraction(steps["weight"]) * 25
    assert (steps["rounded"], steps["grade"]) == ("78.74", "B")
    assert explained["evidence"] == [
        {"day": "2026-11-12", "counted": 49, "parked": 0, "withdrawn": 1}
    ]
    assert explained["last_change"]["what"] == "excluded"
    assert not any(str(fact) in str(explained) for fact in facts)


async def test_a_persons_evidence(city: City) -> None:
    await sekadau(city, officer=city.officer)
    await city.answers([[4] * 9] * 49)
    path = f"/v1/people/{city.officer}/satisfaction"
    shown = await city.show(path, person=city.officer)
    (evidence,) = shown["evidence"]
    unit = await city.show(f"/v1/units/{city.unit}/satisfaction")
    assert (evidence["answers"], evidence["index"]) == (49, "78.74")
    assert evidence["unit_index"] == unit["index"]
    own, toward = (
        Fraction(card["index_numerator"], card["index_denominator"]) for card in (evidence, unit)
    )
    drawn = own * Fraction(49, 79) + toward * Fraction(30, 79)
    assert abs(Fraction(evidence["shrunk"]) - drawn) <= Fraction(1, 200)
    explained = await city.show(f"{path}/explanation", "personnel_officer")
    assert explained["arithmetic"][-1]["value"] == str(drawn)


async def test_few_is_withheld(city: City) -> None:
    await city.answers([[4] * 9] * 29, officer=city.officer)
    path = f"/v1/people/{city.officer}/satisfaction"
    (evidence,) = (await city.show(path, person=city.officer))["evidence"]
    assert (evidence["answers"], evidence["index"], evidence["grade"]) == (29, None, None)
    assert evidence["withheld"].startswith("29 of at least 30 answers")
    assert evidence["elements"] == []
    explained = await city.show(f"{path}/explanation", person=city.officer)
    assert explained["withheld"]
    assert explained["inputs"] is None
    assert explained["arithmetic"] == []
    announced = [
        card
        for event in await city.book.announced(city.id)
        if event["subject_kind"] == "person"
        for card in event["cards"]
    ]
    assert announced
    assert not any("index" in card or "grade" in card for card in announced)


async def test_evidence_is_for_the_person_and_the_personnel_agency(city: City) -> None:
    for suffix in ("", "/explanation"):
        path = f"/v1/people/{city.officer}/satisfaction{suffix}"
        for role in ("employee", "assessor", "unit_officer", "survey_officer", "operator"):
            refused = await city.get(path, role, person=city.dice.id())
            assert refused.status_code == 403
            assert refused.json()["type"] == "urn:tera:problem:not-your-evidence"
        for role in ("personnel_officer", "tenant_administrator"):
            assert (await city.get(path, role)).status_code in {200, 404}


async def test_what_became_of_facts(city: City) -> None:
    counted = await city.answers([[3] * 9] * 2)
    parked = answered(city.id, city.dice.id(), unit=city.unit, service=city.service, state="parked")
    waits = answered(city.id, city.dice.id(), unit=city.dice.id(), service=city.service)
    fresh = answered(city.id, city.dice.id(), unit=city.other, service=city.service)
    await city.book.take([parked, waits, fresh])
    facts = [*counted, parked.fact_id, waits.fact_id, fresh.fact_id, fresh.fact_id, city.id]
    body = {"fact_ids": [str(fact) for fact in facts]}
    headers = {"authorization": f"Bearer {city.token(city.id, 'survey_officer')}"}
    answer = await city.http.post("/v1/facts/status", json=body, headers=headers)
    assert answer.json() == {"counted": 3, "waiting": 1, "excluded": 1, "unknown": 1, "stale": 1}
    card = await city.show(f"/v1/units/{city.other}/satisfaction")
    assert card["stale"]
    headers = {"authorization": f"Bearer {city.token(city.id, 'employee')}"}
    refused = await city.http.post("/v1/facts/status", json=body, headers=headers)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/units/{unit}/satisfaction", {"period": "2026-13"}),
        ("/v1/units/{unit}/satisfaction", {"period": "2026-11", "population": 0}),
        ("/v1/units/{unit}/satisfaction", {"period": "2026-11", "service": "KTP"}),
        ("/v1/units/1/satisfaction", {"period": "2026-11"}),
        ("/v1/satisfaction", {"period": ""}),
        ("/v1/satisfaction", {"period": "2026-11", "cursor": "%"}),
    ],
)
async def test_bad_questions_are_answered_with_what_to_do(
    city: City, path: str, query: dict[str, Any]
) -> None:
    answer = await city.get(path.format(unit=city.unit), **query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


async def test_without_a_tenant_the_api_login_sees_nothing(city: City, database: Database) -> None:
    await city.answers([[3] * 9], officer=city.officer)
    connection = await asyncpg.connect(database.api)
    try:
        tables = await connection.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind = 'r' and has_table_privilege(oid, 'select')"
        )
        assert len(tables) == 15
        for table in tables:
            rows = await connection.fetchval(f'select count(*) from "{table["relname"]}"')
            assert rows == 0, table
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("update cards set answers = 0")
    finally:
        await connection.close()
