"""Columns by which files of what concerns people name them."""

from typing import Final

from services.registry.imports.rules import Column

PERSON: Final = Column(
    "person",
    "NIP / ID pegawai",
    "NIP or employee id",
    "wajib / required",
    (
        "nip",
        "nippk",
        "nip/nippk",
        "nip/nipppk",
        "id pegawai",
        "employee id",
        "external id",
        "pegawai",
        "nomor induk pegawai",
    ),
)
PERSON_NAME: Final = Column(
    "person_name",
    "Nama",
    "Name",
    "untuk dibaca saja / only to be read",
    ("nama pegawai", "nama lengkap"),
)
