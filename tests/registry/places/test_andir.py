"""Andir: discipline, quality and innovation as themes of a monthly evaluation; waiting time."""

from tests.registry.places.conftest import Build

SUB_DISTRICT = {"32.73.05", "AND-MALEBER", "AND-GARUDA"}


async def test_andir(build: Build) -> None:
    bandung = await build("bandung")
    await bandung.loads_once("andir")

    here = (["disiplin", "kualitas", "inovasi"], "Kecamatan Andir")
    elsewhere = ([], "PermenPANRB 6/2022")
    assert await bandung.winners("evaluation.themes") == {
        unit: here if unit in SUB_DISTRICT else elsewhere for unit in bandung.units
    }
    rules = await bandung.rules("AND-GARUDA")
    assert rules["evaluation.length"].value == "monthly"
    assert rules["evaluation.objection"].source == "PermenPANRB 6/2022"
    assert (await bandung.rules("32.73.24"))["evaluation.length"].value == "quarterly"

    measured = await bandung.indicators("AND-MALEBER")
    themes = {indicator["theme"] for indicator in measured.values()}
    assert themes == set(rules["evaluation.themes"].value)
    assert measured["Waktu tunggu di loket"]["better"] == "lower"
    months = (await bandung.town.call("GET", "/v1/periods?kind=monthly&year=2026")).json()["items"]
    assert len(months) == 12
