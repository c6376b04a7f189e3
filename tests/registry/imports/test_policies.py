"""Policies from files, one line for each field: typed, checked beside others, given back."""

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town

HEADER = "Unit kerja;Hal;Mulai;Pengaturan;Nilai\n"
GOOD = (
    ";Pengaduan;2026-01-01;first_answer;3\n;pengaduan;2026-01-01;verify;2\n"
    '01;perilaku;1 Januari 2026;staff;"atasan 50; rekan 30; masyarakat 20"\n'
    "01;predikat;2026-01-01;open_to_staff;ya\n01;predikat;2026-01-01;above_share;0,6\n"
    '01;evaluasi;2026-01-01;themes;"disiplin; kualitas; inovasi"\n'
)


async def test_policies(town: Town) -> None:
    unit = await town.unit("Kecamatan", code="01")
    file = (HEADER + GOOD).encode()
    assert figures(await send(town, "policies", file)) == (6, 0, 0, 0)
    assert figures(await send(town, "policies", file)) == (0, 0, 6, 0)
    listed = (await town.call("GET", f"/v1/policies?kind=behaviour&unit_id={unit}")).json()
    assert listed["items"][0]["document"]["staff"][2] == {"group": "citizen", "percent": 20}
    await sent_back(town, "policies", rows=6)
    # What the file does not name stays; a later day begins another policy.
    one = (HEADER + ";pengaduan;2026-01-01;first_answer;4\n").encode()
    assert figures(await send(town, "policies", one)) == (0, 1, 0, 0)
    listed = (await town.call("GET", "/v1/policies?kind=complaints")).json()
    assert listed["items"][0]["document"]["verify"] == 2
    later = (HEADER + ";pengaduan;2027-01-01;first_answer;4\n").encode()
    assert figures(await send(town, "policies", later)) == (1, 0, 0, 0)


async def test_bad_policies(town: Town) -> None:
    await town.unit("Kecamatan", code="01")
    wrong = HEADER + (
        "99;pengaduan;2026-01-01;first_answer;3\n;raja;2026-01-01;first_answer;3\n"
        ";pengaduan;;first_answer;3\n;pengaduan;2026-02-01;kecepatan;3\n"
        ";pengaduan;2026-03-01;first_answer;tiga\n;pengaduan;2026-04-01;first_answer;\n"
        ';perilaku;2026-01-01;staff;"atasan 50; rekan 30"\n'
        ";predikat;2026-01-01;trial;mungkin\n;predikat;2026-02-01;above_share;1,5\n"
        "01;pengaduan;2026-05-01;verify;9\n"
        ";evaluasi;2026-01-01;length;monthly\n;evaluasi;2026-01-01;length;quarterly\n"
    )
    assert await bad_cells(town, "policies", wrong.encode()) == [
        (2, "Unit kerja", "is not the code"),
        (3, "Hal", "must be one of"),
        (4, "Mulai", "is empty"),
        (5, "Pengaturan", "must be one of"),
        (6, "Nilai", "must be"),
        (7, "Nilai", "is empty"),
        (8, "Nilai", "sums to 80"),
        (9, "Nilai", "must be one of"),
        (10, "Nilai", "must be"),
        (11, "Nilai", "is 9 and must not be more than first_answer"),
        (13, "Pengaturan", "stands in line 12"),
    ]


async def test_a_closed_period_keeps_its_rules(town: Town) -> None:
    body = {
        "kind": "monthly",
        "starts_on": "2026-01-01",
        "ends_on": "2026-02-01",
        "closes_at": "2026-03-01T00:00:00Z",
    }
    period = await town.made("/v1/periods", body)
    for state in ("running", "evaluating", "closed"):
        path = f"/v1/periods/{period['id']}/advance"
        assert (await town.call("POST", path, {"to": state})).status_code == 200
    file = HEADER + ";pengaduan;{};first_answer;3\n"
    assert await bad_cells(town, "policies", file.format("2026-01-01").encode()) == [
        (2, "Mulai", "would hold for the monthly period")
    ]
    assert figures(await send(town, "policies", file.format("2026-01-02").encode()))[0] == 1
