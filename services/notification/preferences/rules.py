"""Which channels a person is told by, and when not to disturb."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notification.wording.rules import Language, Occasion

INBOX, EMAIL, GATEWAY = "inbox", "email", "gateway"
CHANNELS = (INBOX, EMAIL, GATEWAY)

CHOOSABLE = (Occasion.GRADE_CHANGED, Occasion.CRITICAL_ANSWER, Occasion.PERIOD_DIGEST)
"""Occasions with channels of their own; a digest of critical answers takes those of the answers."""

DEFAULT_CHANNELS = (INBOX, EMAIL)
"""A text message costs money and wakes people: only who asks for it gets it."""

DIGEST_HOUR = time(7)
"""Local time at which what was collected goes out."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begins`` (included) to ``ends`` (excluded), local time; over midnight where ``ends``
    is the earlier one. They differ: a whole day would be never."""

    begins: time
    ends: time

    def __post_init__(self) -> None:
        if self.begins == self.ends:
            raise ValueError("quiet hours must begin and end at different times")

    def hold(self, local: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


@dataclass(frozen=True, slots=True)
class Preference:
    """What holds for a person; as it stands here, for one who said nothing."""

    language: Language | None = None
    zone: str | None = None
    quiet: QuietHours | None = None
    channels: Mapping[Occasion, tuple[str, ...]] = field(default_factory=dict)
    critical_daily: bool = False

    def channels_for(self, occasion: Occasion) -> tuple[str, ...]:
        if occasion is Occasion.CRITICAL_DIGEST:
            answers = self.channels_for(Occasion.CRITICAL_ANSWER)
            return tuple(channel for channel in answers if channel != INBOX)
        return self.channels.get(occasion, DEFAULT_CHANNELS)


def when(due: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """The moment, in UTC, at which something due at ``due`` may disturb: at once, or at the end of
    the quiet hours it falls into."""
    local = due.astimezone(ZoneInfo(zone))
    if quiet is None or not quiet.hold(local.time()):
        return due.astimezone(UTC)
    return _next(local, quiet.ends)


def next_digest(now: datetime, zone: str) -> datetime:
    """The next time, in UTC, at which what was collected goes out."""
    return _next(now.astimezone(ZoneInfo(zone)), DIGEST_HOUR)


def _next(local: datetime, clock: time) -> datetime:
    """The first moment after ``local`` at which clocks in its zone show ``clock``; where they jump
    over it, the moment after the jump."""
    day = local.date() if local.time() < clock else local.date() + timedelta(days=1)
    after = local.astimezone(UTC)
    for fold in (0, 1):
        moment = datetime.combine(day, clock, local.tzinfo).replace(fold=fold).astimezone(UTC)
        if moment > after:
            return moment
    return after
