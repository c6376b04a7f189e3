"""The form of the preferences, and what notification is sent of it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

OCCASIONS: Final = ("grade_changed", "critical_answer", "period_digest")
CHANNELS: Final = ("inbox", "email", "gateway")
ZONES: Final = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""The three of Indonesia."""


def preferences_of(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The document of a sent form; a box that is not ticked is not sent by browsers."""
    pairs = list(fields)
    form: Mapping[str, str] = dict(pairs)
    begins, ends = form.get("quiet_from", ""), form.get("quiet_until", "")
    return {
        "language": form.get("language") or None,
        "zone": form.get("zone") or None,
        "quiet_hours": {"from": begins, "until": ends} if begins or ends else None,
        "channels": {
            occasion: [value for name, value in pairs if name == f"channel_{occasion}"]
            for occasion in OCCASIONS
        },
        "critical_answers": form.get("critical_answers", "at_once"),
    }
