"""What offices call the columns of a file of people, and what they write into them."""

from services.registry.assignments.rules import DUTIES, HEAD
from services.registry.imports.rules import Column

COLUMNS = (
    Column(
        "number",
        "NIP",
        "NIP or PPPK number",
        "18 angka; wajib untuk PNS dan PPPK / 18 digits; required for PNS and PPPK",
        ("nippk", "nippppk", "nip/nippk", "nip/nipppk", "nomor induk pegawai", "number"),
    ),
    Column(
        "external_id",
        "ID pegawai",
        "Employee id",
        "wajib tanpa NIP / required without NIP",
        ("external id", "id", "id luar", "kode pegawai"),
    ),
    Column(
        "name",
        "Nama",
        "Name",
        "wajib / required",
        ("full name", "nama lengkap", "nama pegawai"),
    ),
    Column(
        "kind",
        "Jenis pegawai",
        "Kind of employee",
        "PNS, PPPK, non ASN, instansi lain, pejabat negara",
        ("kind", "type", "jenis", "jenis asn", "status", "status pegawai", "status kepegawaian"),
    ),
    Column(
        "unit",
        "Unit kerja",
        "Unit",
        "kode, nama atau alias / code, name or alias",
        ("unit code", "kode unit", "kode unit kerja", "kode opd", "kode skpd", "opd"),
    ),
    Column(
        "post",
        "Jabatan",
        "Post",
        "nama jabatan yang tersimpan di unit itu / title of a stored post of that unit",
        ("nama jabatan", "jabatan definitif", "nomenklatur jabatan", "post title"),
    ),
    Column(
        "from",
        "TMT",
        "First day",
        "hari pertama di unit / first day in the unit: 2024-01-31, 31/01/2024, 31 Januari 2024",
        (
            "from",
            "since",
            "start date",
            "valid from",
            "assigned from",
            "tmt jabatan",
            "tmt unit",
            "mulai",
            "tanggal mulai",
            "sejak",
        ),
    ),
    Column(
        "duties",
        "Tugas",
        "Duties",
        "kepala; petugas SKM; petugas pengaduan; petugas kepegawaian",
        ("duty", "tugas unit"),
    ),
    Column(
        "email",
        "Email",
        "E-mail",
        "nama@kota.example",
        ("mail", "surel", "alamat email", "alamat surel"),
    ),
    Column(
        "phone",
        "No. HP",
        "Phone",
        "0812...",
        ("mobile", "whatsapp", "wa", "hp", "telepon", "no telepon", "no wa"),
    ),
    Column("language", "Bahasa", "Language", "id / en"),
)
REQUIRED = (frozenset({"name"}), frozenset({"number", "external_id"}))

KINDS = {
    "civil_servant": {"civilservant", "pns", "asnpns", "cpns"},
    "pppk": {"pppk", "p3k", "asnpppk"},
    "non_asn": {"nonasn", "nonpns", "honorer", "kontrak", "thl"},
    "other_institution": {"otherinstitution", "instansilain"},
    "state_official": {"stateofficial", "pejabatnegara"},
}
KIND_WORDS = {word: kind for kind, words in KINDS.items() for word in words}
DUTY_WORDS = {duty.replace("_", ""): duty for duty in DUTIES} | {
    "kepala": HEAD,
    "petugassurvei": "survey_officer",
    "petugasskm": "survey_officer",
    "petugaspengaduan": "complaint_officer",
    "petugaskepegawaian": "personnel_officer",
}
LANGUAGE_WORDS = {"id": "id", "indonesia": "id", "en": "en", "english": "en", "inggris": "en"}

KIND_TEXTS = {
    "civil_servant": "PNS",
    "pppk": "PPPK",
    "non_asn": "non ASN",
    "other_institution": "instansi lain",
    "state_official": "pejabat negara",
}
DUTY_TEXTS = {
    HEAD: "kepala",
    "survey_officer": "petugas SKM",
    "complaint_officer": "petugas pengaduan",
    "personnel_officer": "petugas kepegawaian",
}
"""What exports write; the words above read it."""
