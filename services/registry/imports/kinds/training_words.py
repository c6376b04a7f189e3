"""What offices write for the words of competences."""

from services.registry.imports.amounts import Choice

COMPETENCE_KIND = Choice(
    {
        "technical": "teknis",
        "managerial": "manajerial",
        "sociocultural": "sosial kultural, sosiokultural",
        "governmental": "pemerintahan",
    }
)
VALUE = Choice(
    {
        "berorientasi_pelayanan": "berorientasi pelayanan, pelayanan",
        "akuntabel": "akuntabel",
        "kompeten": "kompeten",
        "harmonis": "harmonis",
        "loyal": "loyal",
        "adaptif": "adaptif",
        "kolaboratif": "kolaboratif",
    }
)
ELEMENT = Choice(
    {
        "persyaratan": "persyaratan",
        "prosedur": "prosedur, sistem mekanisme dan prosedur",
        "waktu": "waktu, waktu penyelesaian",
        "biaya": "biaya, biaya/tarif",
        "produk": "produk, produk spesifikasi jenis pelayanan",
        "kompetensi": "kompetensi, kompetensi pelaksana",
        "perilaku": "perilaku, perilaku pelaksana",
        "pengaduan": "pengaduan, penanganan pengaduan",
        "sarana": "sarana, sarana dan prasarana",
    }
)
