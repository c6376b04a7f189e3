"""Room on the disk of the local stack's data folder."""

import shutil
from pathlib import Path

from cli.doctor.findings import Finding, Patient, error, warning


async def check_disk(patient: Patient) -> list[Finding]:
    return _room(patient)


def _room(patient: Patient) -> list[Finding]:
    folder = Path(patient.settings.home)
    if not folder.is_dir():
        return []  # the data of an installation is elsewhere, and watched there
    usage, limits = shutil.disk_usage(folder), patient.limits
    if usage.free >= max(limits.free_bytes, limits.free_share * usage.total):
        return []
    said = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.0f} GB are free where {folder} is"
    do = f"make room; what a trial left behind is in {folder}"
    if usage.free < limits.free_bytes:
        return [error(f"{said}: PostgreSQL and the broker stop when it is full.", do)]
    return [warning(f"{said}.", do)]
