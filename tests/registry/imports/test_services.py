"""What citizens are told of services, from files: standards, requirements, cost, units."""

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town


async def test_services_with_all_that_citizens_are_told(town: Town) -> None:
    unit = await town.unit("Disdukcapil", code="01")
    file = (
        b"Layanan;Menit;Hari kerja;Biaya;Syarat;Keterangan;OPD\n"
        b"KTP-el;;3;Gratis;Kartu Keluarga, Akta;Perekaman;disdukcapil\n"
        b"Izin;60;;Rp 2.500.000;;;\n"
    )
    assert figures(await send(town, "services", file)) == (2, 0, 0, 0)
    assert figures(await send(town, "services", file)) == (0, 0, 2, 0)
    told = await town.call("GET", f"/v1/tenants/{town.id}/services")
    card, permit = sorted(told.json()["items"], key=lambda each: each["name"], reverse=True)
    assert (card["standard_working_days"], card["cost_rupiah"]) == (3, 0)
    assert (card["requirements"], card["description"]) == (["Kartu Keluarga, Akta"], "Perekaman")
    assert card["units"] == [{"id": str(unit), "name": "Disdukcapil"}]
    assert (permit["standard_minutes"], permit["cost_rupiah"]) == (60, 2_500_000)
    await sent_back(town, "services", rows=2)
    quicker = b"Layanan;Menit;Hari kerja\nKTP-el;45;\nIzin;60;\n"
    assert figures(await send(town, "services", quicker)) == (0, 1, 1, 0)
    wrong = (
        b"Layanan;Menit;Hari kerja;Biaya;OPD\n;1;;0;\nA;0;;0;\nB;1;1;0;\nC;1;;murah;\nD;1;;0;99\n"
        b"E;1;;0;\nE;2;;0;\n"
    )
    assert await bad_cells(town, "services", wrong) == [
        (2, "Layanan", "is empty"),
        (3, "Menit", "must be a whole number from 1"),
        (4, "Hari kerja", "stands beside minutes"),
        (5, "Biaya", "must be a whole number from 0"),
        (6, "OPD", "is not the code"),
        (8, "Layanan", "stands in line 7"),
    ]
