"""What offices call the columns of a file of indicators, and what they write into them."""

from services.registry.imports.amounts import Choice
from services.registry.imports.rules import Column

SOURCE = Choice(
    {
        "visit_duration": "durasi kunjungan, waktu pelayanan, waktu layanan, visit duration",
        "share_on_time": "persentase tepat waktu, tepat waktu, on time",
        "count": "jumlah layanan, jumlah, banyaknya layanan",
        "complaint_first_response": "tanggapan pertama pengaduan, respons pengaduan",
        "resolution_share": "persentase pengaduan selesai, penyelesaian pengaduan",
        "unit_satisfaction": "kepuasan masyarakat, ikm, skm, satisfaction",
        "report": "laporan, laporan kinerja, laporan pegawai",
        "attendance": "kehadiran, presensi, absensi",
        "innovation": "inovasi",
        "measurement": "pengukuran, hasil pengukuran",
    }
)
MEASURE_UNIT = Choice(
    {
        "count": "jumlah, buah, dokumen, berkas, laporan, kegiatan, orang, kali, unit, kasus, data",
        "percent": "persen, persentase, %, prosen",
        "index": "indeks, nilai",
        "minutes": "menit, minute",
        "working_minutes": "menit kerja",
        "hours": "jam, hour",
        "working_days": "hari kerja",
        "days": "hari, hari kalender, day",
        "weeks": "minggu, pekan, week",
        "months": "bulan, month",
        "rupiah": "rupiah, rp",
    }
)
BETTER = Choice(
    {
        "higher": "makin tinggi makin baik, tinggi, naik, lebih tinggi, maksimum, positif",
        "lower": "makin rendah makin baik, rendah, turun, lebih rendah, minimum, negatif",
    }
)
ASPECT = Choice(
    {
        "quantity": "kuantitas, kuantitatif",
        "quality": "kualitas, mutu, kualitatif",
        "time": "waktu",
        "cost": "biaya",
    }
)
POST_KIND = Choice(
    {
        "structural": "struktural, jabatan struktural",
        "functional": "fungsional, jabatan fungsional, jf",
        "executor": "pelaksana, jabatan pelaksana, staf",
    }
)

WHOLE_UNITS = frozenset({"count", "rupiah"})
"""Where 1.250 is a thousand and more."""

MEASURED_COLUMNS = (
    Column(
        "aspect",
        "Aspek",
        "Aspect",
        "kuantitas, kualitas, waktu, biaya",
        ("aspek indikator",),
    ),
    Column(
        "measure_unit",
        "Satuan",
        "Measure unit",
        "persen, indeks, jumlah, menit, menit kerja, jam, hari kerja, hari, minggu, bulan, rupiah",
        ("unit", "satuan target"),
    ),
    Column(
        "better",
        "Arah",
        "Direction",
        "tinggi: makin tinggi makin baik / higher is better; rendah / lower",
        ("better", "polarisasi", "polaritas"),
    ),
    Column(
        "target_low",
        "Target (dari)",
        "Target (from)",
        "termasuk dalam target / included",
        ("target", "target dari", "target minimum", "target awal", "target bawah"),
    ),
    Column(
        "target_high",
        "Target (sampai)",
        "Target (to)",
        "kosong: sama dengan target dari / empty: a point",
        ("target sampai", "target maksimum", "target akhir", "target atas"),
    ),
)
"""Of a personal target too."""
