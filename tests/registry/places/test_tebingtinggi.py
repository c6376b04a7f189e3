"""Tebing Tinggi: targets per agency and post, results open to all staff."""

from tests.registry.places.conftest import Build


async def test_tebingtinggi(build: Build) -> None:
    city = await build("tebing-tinggi")
    await city.loads_once("tebingtinggi")

    opened = (True, "Kota")
    assert await city.winners("rating.open_to_staff") == dict.fromkeys(city.units, opened)

    everywhere = {"Kepuasan masyarakat"}
    own = {
        unit: set(await city.indicators(unit)) - everywhere
        for unit in ("DUKCAPIL", "DINKES", "PKM-SRIPADANG", "PKM-RANTAULABAN", "DISDIK")
    }
    assert all(own.values()), "every agency has targets of its own"
    assert not own["DUKCAPIL"] & own["DISDIK"]
    # The Puskesmas stand below the agency of health and have its targets as well.
    assert own["DINKES"] < own["PKM-SRIPADANG"]
    assert set(await city.indicators("12.76.01")) == everywhere

    saturday, christmas = "2026-12-19", "2026-12-25"
    assert await city.works("PKM-SRIPADANG", saturday)
    assert not await city.works("DUKCAPIL", saturday)
    assert not await city.works("PKM-SRIPADANG", christmas)

    name = "Waktu layanan rawat jalan"
    targets = [
        (await city.indicators(unit))[name]["target_high"]
        for unit in ("PKM-SRIPADANG", "PKM-RANTAULABAN")
    ]
    assert targets == ["90", "105"]
    dukcapil = await city.indicators("DUKCAPIL")
    assert dukcapil["Waktu penerbitan akta kelahiran"]["better"] == "lower"
    executors = [each for each in dukcapil.values() if each["post_kind"] == "executor"]
    assert len(executors) == 1
    structural = [
        each
        for each in (await city.indicators("DISDIK")).values()
        if each["post_kind"] == "structural"
    ]
    assert len(structural) == 1
