"""A tenant and what may be said about it."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

SLUG = r"^[a-z0-9][a-z0-9-]{1,62}$"


@dataclass(frozen=True, slots=True)
class Tenant:
    """An employer. `zone` decides to which month an answer belongs. The codes of its region, where
    it is one, are those of Kemendagri and of BPS."""

    id: UUID
    slug: str
    name: str
    zone: str
    version: int = 1
    region_kemendagri: str | None = None
    region_bps: str | None = None


def checked_zone(zone: str) -> str:
    """`zone` if it names a place or UTC in the IANA time zone database.

    Raises `ValueError` otherwise. Abbreviations such as WIB are refused: they say nothing about
    the past.
    """
    if zone not in _zones():
        raise ValueError(
            "is not an IANA time zone: use one such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura"
        )
    return zone


@cache
def _zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
