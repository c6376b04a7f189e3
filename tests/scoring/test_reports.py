"""The satisfaction report: every figure against the raw rows, and what was published stays."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from devstack.stack import Stack
from services.scoring.app import build_api
from services.scoring.registry_replica.changes import REPLICA_LOCK
from services.scoring.reports.rules import share, why_not_described
from shared.settings import Settings
from tests.scoring.agency import Agency, agency
from tests.scoring.conftest import Token
from tests.shared.serving import serving
from tests.support.databases import Templates
from tests.support.published import sekadau
from tests.support.waiting import eventually

PERIOD = "2019-Q2"
PROFILES: list[dict[str, str]] = [
    {"sex": "woman", "age_band": "20_29", "education": "sma", "occupation": "swasta"},
    {"sex": "man", "age_band": "30_39", "education": "s1", "occupation": "pns"},
    {"sex": "woman", "age_band": "30_39", "education": "s1", "occupation": "wirausaha"},
    {"sex": "man", "education": "sd"},
    {},
]
MARKS = dict.fromkeys(sekadau()[0], 4)


def rows() -> list[dict[str, Any]]:
    """Sekadau's answers with a profile each, on days of the second quarter."""
    return [
        {"scores": scores, "profile": profile, "day": f"2019-{4 + at % 3:02}-{1 + at % 28:02}"}
        for at, (scores, profile) in enumerate(
            zip(sekadau(), islice(cycle(PROFILES), 49), strict=True)
        )
    ]


@pytest_asyncio.fixture(scope="session")
async def world(templates: Templates, stack: Stack, token: Token) -> AsyncIterator[Agency]:
    async with agency(templates, stack.environment["TERA_OIDC_ISSUER"], token) as made:
        yield made


@pytest_asyncio.fixture
async def sekadau_office(world: Agency) -> Agency:
    """A tenant of its own with the 49 rows: 40 for the first service and 9 for the second."""
    office = await replace(world).found()
    sheets = rows()
    await office.paper("s1", sheets[:40])
    await office.paper("s2", sheets[40:], service=1)
    return office


def half_up(value: Decimal, places: str) -> str:
    return str(value.quantize(Decimal(places), ROUND_HALF_UP))


async def draft(office: Agency, **query: Any) -> Any:
    answer = await office.ask("satisfaction-report", period=PERIOD, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["document"]


def withheld(report: Any) -> Any:
    return report["document"]["respondents"]["withheld"]


def assert_figures(said: Any) -> None:
    """Everything again, from the file alone, in decimals instead of fractions."""
    raw = sekadau()
    with localcontext(prec=60):
        means = {e: Decimal(sum(row[e] for row in raw)) / 49 for e in MARKS}
        index = sum(means.values()) / 9 * 25
        assert said["answers"] == len(raw) == 49
        assert said["incomplete"] == 0
        assert (said["index"], said["grade"]) == (half_up(index, "0.01"), "B") == ("78.74", "B")
        total = sum(sum(row.values()) for row in raw)
        assert said["index_numerator"] * 9 * 49 == total * 25 * said["index_denominator"]
        assert said["weight"] == "1/9"
        assert said["sum_of_means"] == half_up(sum(means.values()), "0.001")
        assert said["sum_of_weighted"] == half_up(sum(means.values()) / 9, "0.001")
        assert [line["element"] for line in said["elements"]] == list(MARKS)
        for line in said["elements"]:
            mean = means[line["element"]]
            of_100 = half_up(mean * 25, "0.01")
            assert (line["status"], line["answers"]) == ("active", 49)
            assert line["total"] == sum(row[line["element"]] for row in raw)
            assert line["mean"] == half_up(mean, "0.001")
            assert line["weighted"] == half_up(mean / 9, "0.001")
            assert line["index"] == of_100
            bands = (("A", "88.31"), ("B", "76.61"), ("C", "65.00"), ("D", "0"))
            assert line["grade"] == next(
                g for g, least in bands if Decimal(of_100) >= Decimal(least)
            )
        order = sorted(MARKS, key=lambda e: means[e])
        assert said["lowest"] == order[:3]
        assert said["highest"] == sorted(MARKS, key=lambda e: -means[e])[:3]


async def test_every_figure_of_sekadau(sekadau_office: Agency) -> None:
    office = sekadau_office
    said = await draft(office, population=56)
    assert_figures(said)
    assert (said["population"], said["required"], said["sufficient"]) == (56, 49, True)
    assert said["tenant"]["name"] == "Kabupaten Sekadau"
    assert said["path"] == ["Sekretariat", "Bagian Pelayanan"]
    assert said["service"] is None
    assert (said["period_starts"], said["period_ends"]) == ("2019-04-01", "2019-07-01")
    described = said["respondents"]
    sheets = rows()
    for dimension in ("sex", "age_band", "education", "occupation"):
        expected = Counter(row["profile"].get(dimension, "not_stated") for row in sheets)
        shown = {part["value"]: part for part in described[dimension]}
        assert {value: part["answers"] for value, part in shown.items() if part["answers"]} == (
            dict(expected)
        )
        for value, n in expected.items():
            assert shown[value]["share"] == half_up(Decimal(100 * n) / 49, "0.01")
    assert {(part["name"], part["answers"], part["share"]) for part in described["service"]} == {
        ("Izin usaha", 40, "81.63"), ("KTP-el", 9, "18.37"),
    }  # fmt: skip
    assert [point["period"] for point in said["trend"]][-2:] == ["2019-Q1", PERIOD]
    assert [point["index"] for point in said["trend"]] == [None] * 7 + ["78.74"]


async def test_one_service_alone(sekadau_office: Agency) -> None:
    office = sekadau_office
    said = await draft(office, service=office.services[1])
    assert (said["answers"], said["service"]["name"], said["sufficient"]) == (9, "KTP-el", None)
    raw = sekadau()[40:]
    total = Decimal(sum(sum(row.values()) for row in raw))
    assert said["index"] == half_up(total / 9 / 9 * 25, "0.01")
    assert sum(part["answers"] for part in said["respondents"]["sex"]) == 9


async def test_what_is_published_stays(sekadau_office: Agency) -> None:
    office = sekadau_office
    plan = {
        "population": 56,
        "entries": [
            {
                "element": "waktu",
                "measure": "Tambah satu loket pada pagi hari",
                "quarter": "2019-Q4",
                "responsible": "Kepala Bagian Pelayanan",
            }
        ],
    }
    written = await office.ask("satisfaction-report/plan", method="PUT", body=plan, period=PERIOD)
    assert written.status_code == 200, written.text
    first = await office.publish(PERIOD)
    assert (first["revision"], first["changed_answers"], first["outdated"]) == (1, 0, False)
    assert_figures(first["document"])
    assert first["document"]["plan"][0]["measure"] == plan["entries"][0]["measure"]
    again = await office.ask("satisfaction-reports", method="POST", body={"period": PERIOD})
    assert again.status_code == 409
    assert again.json()["type"].endswith(":nothing-changed")

    facts = await office.paper(
        "later", [{"scores": MARKS, "day": "2019-05-05", "profile": {"sex": "man"}}] * 6
    )
    await office.post("feedback", f"/v1/answers/{facts[0]}/park", {"reason_code": "burst"})
    await office.carry()
    reread = (await office.ask(f"satisfaction-reports/{first['id']}", "employee")).json()
    assert reread["document"] == first["document"]
    assert (reread["changed_answers"], reread["outdated"]) == (5, True)

    second = await office.publish(PERIOD)
    assert second["revision"] == 2
    assert second["document"]["answers"] == 54
    assert second["document"]["index"] != "78.74"
    assert second["document"]["respondents"]["withheld"] is None
    listed = (await office.ask("satisfaction-reports", "unit_officer", period=PERIOD)).json()
    assert [(r["revision"], r["changed_answers"]) for r in listed["items"]] == [(2, 0), (1, 5)]

    await office.post("feedback", f"/v1/answers/{facts[1]}/withdraw", {"reason_code": "burst"})
    await office.carry()
    third = await office.publish(PERIOD)
    assert third["document"]["answers"] == 53
    assert third["document"]["respondents"] == {
        "withheld": "few_changes", "sex": [], "age_band": [], "education": [], "occupation": [],
        "service": [], "channel": [],
    }  # fmt: skip


async def test_nobody_can_change_what_is_published(sekadau_office: Agency) -> None:
    office = sekadau_office
    report = await office.publish(PERIOD)
    database = office.databases["scoring"]
    for url in (database.api, database.worker, database.owner):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(
                "select set_config('tera.tenants', $1, false)", str(office.tenant)
            )
            for statement in (
                "update satisfaction_reports set revision = 7",
                "delete from satisfaction_reports",
                "truncate satisfaction_reports",
            ):
                with pytest.raises(asyncpg.PostgresError):
                    await connection.execute(statement)
        finally:
            await connection.close()
    reread = (await office.ask(f"satisfaction-reports/{report['id']}")).json()
    assert reread["document"] == report["document"]


async def test_the_next_report_says_what_became_of_the_plan(sekadau_office: Agency) -> None:
    office = sekadau_office
    entry = {
        "element": "waktu", "measure": "Loket pagi", "quarter": "2019-Q3", "responsible": "Kabag",
    }  # fmt: skip
    path = "satisfaction-report/plan"
    empty = await office.ask(path, period=PERIOD)
    assert (empty.headers["etag"], empty.json()["previous"]) == ('"0"', None)
    await office.ask(path, method="PUT", body={"entries": [entry]}, period=PERIOD)
    await office.publish(PERIOD)
    await office.paper("q3", [{"scores": MARKS, "day": "2019-08-01"}] * 5)
    shown = (await office.ask(path, period="2019-Q3")).json()
    assert shown["previous"]["period"] == PERIOD
    [old] = shown["previous"]["entries"]
    assert (old["measure"], old["status"]) == ("Loket pagi", None)
    outcome = {"entry": old["id"], "status": "done", "note": "Sejak Juli"}
    written = await office.ask(
        path, method="PUT", body={"outcomes": [outcome]}, if_match='"0"', period="2019-Q3"
    )
    assert written.headers["etag"] == '"1"'
    said = (await office.publish("2019-Q3"))["document"]
    assert said["previous"]["entries"][0]["status"] == "done"
    assert [point["index"] for point in said["trend"]][-2:] == ["78.74", "100.00"]

    stale = await office.ask(
        path, method="PUT", body={"population": 9}, if_match='"0"', period="2019-Q3"
    )
    assert stale.status_code == 412
    unseen = await office.ask(
        "satisfaction-reports", method="POST", body={"period": "2019-Q3"}, if_match='"7"'
    )
    assert unseen.status_code == 412
    foreign = {"outcomes": [outcome | {"entry": str(uuid4())}]}
    wrong = await office.ask(path, method="PUT", body=foreign, period="2019-Q3")
    assert wrong.status_code == 422


async def test_few_respondents_are_not_described(sekadau_office: Agency) -> None:
    office = sekadau_office
    await office.paper("january", [{"scores": MARKS, "day": "2019-01-05"}] * 4)
    said = (await office.publish("2019-01"))["document"]
    assert (said["answers"], said["respondents"]["withheld"]) == (4, "few_answers")
    assert said["respondents"]["sex"] == []


async def test_two_published_reports_less_each_other_describe_nobody(world: Agency) -> None:
    office = await replace(world).found()
    await office.paper("s1", rows()[:20])
    await office.paper("s2", rows()[:1], service=1)
    whole = await office.publish(PERIOD)
    part = await office.publish(PERIOD, service_id=office.services[0])
    assert withheld(whole) is None
    assert withheld(part) == "few_elsewhere"


@pytest.mark.parametrize("quarter_first", [True, False])
async def test_a_quarter_less_its_months_describes_nobody(
    world: Agency, *, quarter_first: bool
) -> None:
    office = await replace(world).found()
    for month, answers in ((4, 8), (5, 8), (6, 2)):
        sheet = {"scores": MARKS, "day": f"2019-{month:02}-05", "profile": PROFILES[0]}
        await office.paper(f"m{month}", [sheet] * answers)
    months = ["2019-04", "2019-05"]
    periods = [PERIOD, *months] if quarter_first else [*months, PERIOD]
    reasons = [withheld(await office.publish(period)) for period in periods]
    assert reasons == [None, None, "few_elsewhere"]


async def test_answers_on_the_way_and_absent_services(sekadau_office: Agency) -> None:
    office = sekadau_office
    later = [{"scores": MARKS, "day": "2019-06-30"}]
    await office.paper("on-the-way", later, carry=False)
    body = {"period": PERIOD}
    refused = await office.ask("satisfaction-reports", method="POST", body=body)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith(":answers-on-the-way")
    waiting = asyncio.create_task(office.ask("satisfaction-reports", method="POST", body=body))
    await office.carry()  # it tries again by itself
    assert (await waiting).status_code == 201


async def test_refusals(sekadau_office: Agency) -> None:
    office = sekadau_office
    for role in ("employee", "unit_officer", "assessor", "operator"):
        for method, path, body in (
            ("GET", "satisfaction-report", None),
            ("GET", "satisfaction-report/plan", None),
            ("PUT", "satisfaction-report/plan", {}),
            ("POST", "satisfaction-reports", {"period": PERIOD}),
        ):
            answer = await office.ask(path, role, method=method, body=body, period=PERIOD)
            assert answer.status_code == 403, (role, path)
    nothing = await office.ask("satisfaction-reports", method="POST", body={"period": "2031-Q1"})
    assert nothing.json()["type"].endswith(":nothing-to-publish")
    entry = {"element": "waktu", "measure": "x", "quarter": "2019-Q3", "responsible": "y"}
    for body in (
        {"entries": [entry | {"element": "parkir"}]},
        {"entries": [entry | {"quarter": "Q3"}]},
        {"entries": [entry | {"measure": " "}]},
        {"entries": [entry] * 31},
        {"population": 0},
        {"plan": []},
    ):
        answer = await office.ask(
            "satisfaction-report/plan", method="PUT", body=body, period=PERIOD
        )
        assert answer.status_code == 422, body
    for body in ({"period": "2019-13"}, {"period": "2400-Q1"}, {}, {"period": PERIOD, "x": 1}):
        answer = await office.ask("satisfaction-reports", method="POST", body=body)
        assert answer.status_code == 422, body
    for query in ({"period": "1999-Q4"}, {"period": PERIOD, "population": 0}):
        assert (await office.ask("satisfaction-report", **query)).status_code == 422
    unknown = await office.ask(f"satisfaction-reports/{uuid4()}")
    assert unknown.status_code == 404


def test_rules_at_their_edges() -> None:
    assert [str(share(part, 3)) for part in (0, 1, 2, 3)] == ["0.00", "33.33", "66.67", "100.00"]
    assert str(share(0, 0)) == "0.00"
    assert why_not_described(4, changed=None) == "few_answers"
    assert why_not_described(5, changed=None) is None
    assert [why_not_described(50, changed=n) for n in (0, 1, 4, 5)] == [
        None, "few_changes", "few_changes", None,
    ]  # fmt: skip


@pytest.mark.parametrize("away", ["feedback", "registry"])
async def test_a_report_says_which_service_is_away(sekadau_office: Agency, away: str) -> None:
    office = sekadau_office
    issuer = office.settings["oidc_issuer"]
    there = {f"{name}_http": str(office.http[name].base_url) for name in ("feedback", "registry")}
    for address in ("http://127.0.0.1:9", None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERA_SCORING_API_URL", office.databases["scoring"].api)
            app = build_api(
                Settings(oidc_issuer=issuer, **there | {f"{away}_http": address})  # type: ignore[arg-type]
            )
        async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
            answer = await http.get(
                f"/v1/units/{office.unit}/satisfaction-report",
                params={"period": PERIOD},
                headers=office.headers("survey_officer"),
            )
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert answer.json()["type"].endswith(f":{away}-away")
            assert away in answer.json()["detail"]


async def test_two_officers_publish_at_once(sekadau_office: Agency) -> None:
    office = sekadau_office
    body = {"period": PERIOD}
    both = await asyncio.gather(
        *(office.ask("satisfaction-reports", method="POST", body=body) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [201, 409]
    listed = (await office.ask("satisfaction-reports", period=PERIOD)).json()["items"]
    assert [report["revision"] for report in listed] == [1]


async def test_a_count_in_hand_is_waited_for(sekadau_office: Agency) -> None:
    office = sekadau_office
    connection = await asyncpg.connect(office.databases["scoring"].worker)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock_shared($1)", REPLICA_LOCK)
            ask = office.ask("satisfaction-reports", method="POST", body={"period": PERIOD})
            waiting = asyncio.create_task(ask)

            async def stands_in_line() -> bool:
                held = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
                return bool(await connection.fetchval(held))

            await eventually(stands_in_line)
            assert not waiting.done()
        assert (await waiting).status_code == 201
    finally:
        await connection.close()
