"""Arcamanik: superiors, colleagues and citizens assess; files and satisfaction are measured."""

from tests.registry.places.conftest import Build
from tests.registry.places.place import weights

SUB_DISTRICT = {"32.73.24", "ARC-SUKAMISKIN", "ARC-ENDAH"}


async def test_arcamanik(build: Build) -> None:
    bandung = await build("bandung")
    await bandung.loads_once("arcamanik")

    for unit in bandung.units:
        rules = await bandung.rules(unit)
        for weighed in ("behaviour.staff", "behaviour.officials"):
            if unit in SUB_DISTRICT:
                assert weights(rules[weighed]) == {"superior": 50, "peer": 30, "citizen": 20}
                assert (rules[weighed].level, rules[weighed].source) == (
                    "unit",
                    "Kecamatan Arcamanik",
                )
            else:
                assert "citizen" not in weights(rules[weighed])
                assert rules[weighed].source == "PermenPANRB 6/2022"
        fed = rules["evaluation.behaviour_of_citizens"]
        assert fed.value == "berorientasi_pelayanan"
        assert fed.level == ("unit" if unit in SUB_DISTRICT else "regulation")
    assert (await bandung.rules("32.73.24", "2025-12-31"))["behaviour.staff"].level == "regulation"

    measured = await bandung.indicators("ARC-SUKAMISKIN")
    assert {indicator["source"] for indicator in measured.values()} == {
        "visit_duration",
        "unit_satisfaction",
    }
    files = measured["Waktu penyelesaian berkas pengantar kartu keluarga"]
    assert files["service_id"] == bandung.services["Pengantar kartu keluarga"]
    assert not await bandung.indicators("32.73.05")


async def test_arcamanik_and_andir_differ_inside_one_bandung(build: Build) -> None:
    bandung = await build("bandung")
    await bandung.configure("arcamanik")
    await bandung.configure("andir")
    arcamanik, andir = await bandung.rules("32.73.24"), await bandung.rules("32.73.05")
    differing = {rule for rule in arcamanik if arcamanik[rule].value != andir[rule].value}
    assert differing == {
        "behaviour.staff",
        "behaviour.officials",
        "evaluation.length",
        "evaluation.themes",
    }
    measured = set(await bandung.indicators("32.73.24")), set(await bandung.indicators("32.73.05"))
    assert not measured[0] & measured[1]
    # The first file again: what the second one brought stays.
    assert {change["outcome"] for change in await bandung.configure("arcamanik")} == {"unchanged"}
