"""Salatiga: early feedback to staff, surveys, priorities of citizens, and a bounded load."""

from tests.registry.places.conftest import Build
from tests.registry.places.place import ON


async def test_salatiga(build: Build) -> None:
    salatiga = await build("salatiga")
    await salatiga.loads_once("salatiga")

    for unit in salatiga.units:
        rules = await salatiga.rules(unit)
        for rule, value in {
            "behaviour.fewest_peers": 3,
            "behaviour.most_peers": 3,
            "behaviour.most_assessments": 3,
            "behaviour.interval": "quarterly",
            "evaluation.document_to_employee": 5,
            "follow_up.training_times": 1,
        }.items():
            assert (rules[rule].value, rules[rule].level) == (value, "tenant"), rule
        assert rules["behaviour.staff"].level == "regulation"
        assert rules["complaints.verify"].value == 3

    unit = salatiga.units["33.73.02"]
    survey = (await salatiga.town.call("GET", f"/v1/units/{unit}/policies?on={ON}")).json()
    assert survey["satisfaction"]["minimum_sample"] == 25
    assert {switch["service_id"] for switch in survey["satisfaction"]["switched_off"]} == {
        salatiga.services[name]
        for name in ("Kartu identitas anak", "Izin usaha mikro", "Pengantar kartu keluarga")
    }
    goals = (await salatiga.town.call("GET", f"/v1/goals?on={ON}")).json()["items"]
    assert "Prioritas layanan pilihan warga terpenuhi" in {goal["name"] for goal in goals}
    assert "Kepuasan masyarakat" in await salatiga.indicators("33.73.04")
