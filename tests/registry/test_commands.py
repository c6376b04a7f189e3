"""`tera tenant create`, `tera import units|people`: as an operator types them."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from devstack.stack import Stack
from tests.registry.test_imports import PEOPLE, UNITS
from tests.registry.town import Town, slug


async def tera(
    stack: Stack, town: Town, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cli", *map(str, arguments)],
        env=os.environ | stack.environment | {"TERA_REGISTRY_HTTP": town.url} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_first_administrator_of_a_tenant(stack: Stack, town: Town) -> None:
    created = ["tenant", "create", "--slug", slug(), "--name", "Kota Andir", "--zone"]
    done = await tera(stack, town, *created, "Asia/Jakarta", "--administrator", "siti@kota")
    assert done.returncode == 0, done.stderr
    claims = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])
    assert claims["sub"] == "siti@kota"
    assert claims["roles"] == ["tenant_administrator"]
    ready = re.search(r"^ +tera (token .*)$", done.stdout, re.MULTILINE)
    assert ready is not None
    token = (await tera(stack, town, *ready[1].split())).stdout.strip()
    shown = await town.http.get("/v1/tenant", headers={"authorization": f"Bearer {token}"})
    assert (shown.json()["id"], shown.json()["name"]) == (claims["tenant"], "Kota Andir")

    refused = await tera(stack, town, *created, "Asia/Bandung", "--administrator", "siti@kota")
    assert refused.returncode == 1
    assert "zone is not an IANA time zone" in refused.stderr
    assert refused.stderr.count("\n") == 1


async def test_files_are_imported_and_bad_rows_listed(
    stack: Stack, town: Town, tmp_path: Path
) -> None:
    units, people, bad = (tmp_path / name for name in ("units.csv", "people.csv", "bad.csv"))
    units.write_text(UNITS)
    people.write_text(PEOPLE)
    bad.write_text(PEOPLE.replace("2024-01-01", "besok").replace("32.73.24", "?"))
    to = ["--tenant", str(town.id)]

    done = await tera(stack, town, "import", "units", units, *to)
    assert done.returncode == 0, done.stderr
    assert "Ignored column: Telepon" in done.stdout
    assert "3 units: 3 created, 0 changed, 0 unchanged" in done.stdout
    for flags in ([], ["--dry-run"]):
        done = await tera(stack, town, "import", "people", bad, *to, *flags)
        assert done.returncode == 1
        told = [line.split(":")[0] for line in done.stdout.splitlines()]
        assert [line for line in told if line.startswith("line")] == [
            "line 2, TMT",
            "line 4, Unit Kerja",
        ]
        assert "2 of 4 rows" in done.stderr
    assert (await town.call("GET", "/v1/people")).json()["items"] == []

    first = await tera(stack, town, "import", "people", people, *to)
    assert "4 people: 4 created, 0 changed, 0 unchanged, 3 assignments begun" in first.stdout
    again = await tera(stack, town, "import", "people", people, *to)
    assert "4 people: 0 created, 0 changed, 4 unchanged, 0 assignments begun" in again.stdout

    token = town.mint(tenant=town.id, roles=["personnel_officer"])
    other = ["--tenant", str(UUID(int=1))]
    done = await tera(stack, town, "import", "units", units, *other, TERA_TOKEN=token)
    assert (done.returncode, "The token is for the tenant" in done.stderr) == (2, True)


async def test_good_rows_now_and_the_bad_ones_in_a_file(
    stack: Stack, town: Town, tmp_path: Path
) -> None:
    units, bad, out = (tmp_path / name for name in ("units.csv", "bad.csv", "out.csv"))
    units.write_text(UNITS.replace("Kecamatan Andir", ""))
    to = ["--tenant", str(town.id)]
    asked = ["--good-rows", "--bad-rows-file", bad]
    done = await tera(stack, town, "import", "units", units, *to, *asked)
    assert done.returncode == 1
    assert "1 of 3 rows are bad and were left out; of the others: 2 created" in done.stderr
    assert bad.read_text("utf-8-sig").splitlines()[1] == (
        "32.73.05;;kecamatan;32.73;;Nama Unit: is empty: name the unit"
    )
    kept = "select count(*) from import_files where tenant_id = $1"
    assert await town.owner.fetchval(kept, town.id) == 0
    done = await tera(stack, town, "export", "units", out, *to)
    assert done.returncode == 0, done.stderr
    assert len(out.read_text("utf-8-sig").splitlines()) == 3


async def test_a_registry_that_is_away_is_one_line(
    stack: Stack, town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "units.csv"
    file.write_text(UNITS)
    away = {"TERA_REGISTRY_HTTP": "http://127.0.0.1:1"}
    done = await tera(stack, town, "import", "units", file, "--tenant", str(town.id), **away)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert done.stderr.count("\n") == 1
