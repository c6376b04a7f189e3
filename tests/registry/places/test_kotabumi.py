"""Kotabumi: superior, self and colleagues, of other teams too; shorter clocks of complaints."""

from tests.registry.places.conftest import Build
from tests.registry.places.place import weights

SUB_DISTRICT = {"18.03.02", "KTB-SRIBASUKI", "KTB-REJOSARI", "KTB-CEMPEDAK"}
CLOCKS = {
    "verify": (1, 3),
    "first_answer": (2, 5),
    "reply_days": (10, 10),
    "completion_information": (3, 5),
    "completion_without_supervision": (10, 14),
    "completion_with_supervision": (45, 60),
}


async def test_kotabumi(build: Build) -> None:
    lampung_utara = await build("lampung-utara")
    await lampung_utara.loads_once("kotabumi")

    for unit in lampung_utara.units:
        inside = unit in SUB_DISTRICT
        rules = await lampung_utara.rules(unit)
        for clock, (short, regular) in CLOCKS.items():
            assert rules[f"complaints.{clock}"].value == (short if inside else regular), clock
        assert rules["complaints.verify"].source == (
            "Kecamatan Kotabumi" if inside else "SP4N-LAPOR!"
        )
        # What the sub-district does not say stays the regulation's.
        assert rules["complaints.reply_days"].source == "SP4N-LAPOR!"
        assert rules["behaviour.peers_of_other_teams"].value is inside
        assert ("self" in weights(rules["behaviour.staff"])) is inside
        assert ("self" in weights(rules["behaviour.officials"])) is inside
        assert rules["follow_up.training_share"].value == (20 if inside else 30)

    measured = await lampung_utara.indicators("KTB-CEMPEDAK")
    assert {indicator["source"] for indicator in measured.values()} == {
        "complaint_first_response",
        "share_on_time",
        "visit_duration",
        "unit_satisfaction",
    }
    weak = measured["Waktu tanggapan pertama pengaduan"]["id"]
    path = f"/v1/competences?indicator_id={weak}"
    (competence,) = (await lampung_utara.town.call("GET", path)).json()["items"]
    path = f"/v1/programmes?competence_id={competence['id']}"
    (programme,) = (await lampung_utara.town.call("GET", path)).json()["items"]
    assert programme["name"] == "Lokakarya penanganan pengaduan"

    bands = measured["Waktu layanan surat keterangan tidak mampu"]["bands"]
    points = [band["points"] for band in bands]
    assert points == sorted(points, reverse=True)
    assert points[0] > 100, "faster than the standard scores better"
