"""What offices call the columns of a file of people, and what they write into them."""

from services.registry.assignments.rules import DUTIES, HEAD

NAMES = {
    "number": frozenset(
        {"nip", "nippk", "nippppk", "nipnippk", "nipnipppk", "nomorindukpegawai", "number"}
    ),
    "external_id": frozenset(
        {"externalid", "employeeid", "id", "idpegawai", "idluar", "kodepegawai"}
    ),
    "name": frozenset({"name", "fullname", "nama", "namalengkap", "namapegawai"}),
    "kind": frozenset(
        {"kind", "type", "jenis", "jenispegawai", "jenisasn", "statuspegawai", "statuskepegawaian"}
    ),
    "unit": frozenset(
        {"unit", "unitcode", "unitkerja", "kodeunit", "kodeunitkerja", "kodeopd", "kodeskpd"}
    ),
    "from": frozenset(
        {"from", "since", "startdate", "validfrom", "assignedfrom", "tmt", "tmtjabatan", "tmtunit"}
        | {"mulai", "tanggalmulai", "sejak"}
    ),
    "duties": frozenset({"duties", "duty", "tugas", "tugasunit"}),
    "email": frozenset({"email", "mail", "surel", "alamatemail", "alamatsurel"}),
    "phone": frozenset(
        {"phone", "mobile", "whatsapp", "wa", "hp", "nohp", "telepon", "notelepon", "nowa"}
    ),
    "language": frozenset({"language", "bahasa"}),
}
REQUIRED = frozenset({"name"})

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
