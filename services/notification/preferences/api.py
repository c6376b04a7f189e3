"""`/v1/preferences`: everybody keeps their own."""

from datetime import time
from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.notification.access import Access, Reader
from services.notification.preferences import store
from services.notification.preferences.rules import (
    CHOOSABLE,
    DEFAULT_CHANNELS,
    Preference,
    QuietHours,
)
from services.notification.preferences.store import Held
from services.notification.wording.rules import Language

router = APIRouter(prefix="/v1", tags=["preferences"])


def _known(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("must be an IANA time zone such as Asia/Makassar")
    return zone


def _local(clock: time) -> time:
    if clock.tzinfo is not None or clock.second or clock.microsecond:
        raise ValueError("must be hours and minutes of local time such as 21:30")
    return clock


Clock = Annotated[time, AfterValidator(_local)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known)]
Chosen = Annotated[
    list[Literal["inbox", "email", "gateway"]],
    Field(max_length=3, default_factory=lambda: list(DEFAULT_CHANNELS)),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class QuietTimes(_Part):
    """Local times, from `from` to `until`; over midnight where `until` is the earlier one."""

    begins: Annotated[Clock, Field(alias="from")]
    ends: Annotated[Clock, Field(alias="until")]

    @model_validator(mode="after")
    def _not_always(self) -> "QuietTimes":
        if self.begins == self.ends:
            raise ValueError("from and until must differ")
        return self


class Channels(_Part):
    """By occasion, the channels that tell of it; none of them: not told at all."""

    grade_changed: Chosen
    critical_answer: Chosen
    period_digest: Chosen


class Preferences(_Part):
    """How somebody wants to be told. `language` and `zone` null: the ones of the registry's contact
    points and of the tenant. Quiet hours delay e-mail and text messages, never the inbox.
    `critical_answers`: at once, or one message a day at seven in the morning."""

    language: Language | None = None
    zone: Zone | None = None
    quiet_hours: QuietTimes | None = None
    channels: Channels = Field(default_factory=lambda: Channels.model_validate({}))
    critical_answers: Literal["at_once", "daily"] = "at_once"


class KeptPreferences(Preferences):
    """With the zone that holds where none is chosen."""

    tenant_zone: str


@router.get("/preferences")
async def show(reader: Reader, notification: Access) -> KeptPreferences:
    """What holds for the caller; the defaults, where nothing was said."""
    async with notification.transaction(reader[0]) as connection:
        held = await store.of_people(connection, [reader])
    return _view(held[reader])


@router.put("/preferences")
async def keep(body: Preferences, reader: Reader, notification: Access) -> KeptPreferences:
    """Replace all of it; what is left out goes back to its default."""
    quiet = body.quiet_hours
    preference = Preference(
        language=body.language,
        zone=body.zone,
        quiet=QuietHours(quiet.begins, quiet.ends) if quiet else None,
        channels={
            occasion: tuple(dict.fromkeys(getattr(body.channels, occasion)))
            for occasion in CHOOSABLE
        },
        critical_daily=body.critical_answers == "daily",
    )
    async with notification.transaction(reader[0]) as connection:
        await store.save(connection, *reader, preference=preference)
        held = await store.of_people(connection, [reader])
    return _view(held[reader])


def _view(held: Held) -> KeptPreferences:
    preference = held.preference
    quiet = preference.quiet
    return KeptPreferences(
        language=preference.language,
        zone=preference.zone,
        quiet_hours=QuietTimes(begins=quiet.begins, ends=quiet.ends) if quiet else None,
        channels=Channels.model_validate(
            {occasion: preference.channels_for(occasion) for occasion in CHOOSABLE}
        ),
        critical_answers="daily" if preference.critical_daily else "at_once",
        tenant_zone=held.tenant_zone,
    )
