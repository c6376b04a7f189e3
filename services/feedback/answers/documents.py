"""What a survey answer may say: the parts that the public, paper and officers' routes share."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints


def _blank_is_absent(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Comment = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None,
    BeforeValidator(_blank_is_absent),
]
"""Free text; blank means none. NUL is refused at the edge for every field."""


class Sentiment(StrEnum):
    """What the comment is meant as."""

    PRAISE = "praise"
    CRITICISM = "criticism"


class Sex(StrEnum):
    WOMAN = "woman"
    MAN = "man"


class AgeBand(StrEnum):
    UNDER_20 = "under_20"
    FROM_20 = "20_29"
    FROM_30 = "30_39"
    FROM_40 = "40_49"
    FROM_50 = "50_59"
    FROM_60 = "60_plus"


class Education(StrEnum):
    """As on the form of PermenPANRB 14/2017, with the diploma that most offices add."""

    SD = "sd"
    SMP = "smp"
    SMA = "sma"
    DIPLOMA = "diploma"
    S1 = "s1"
    S2 = "s2"
    S3 = "s3"


class Occupation(StrEnum):
    """As on the form of PermenPANRB 14/2017."""

    PNS = "pns"
    TNI = "tni"
    POLRI = "polri"
    SWASTA = "swasta"
    WIRAUSAHA = "wirausaha"
    LAINNYA = "lainnya"


class Profile(BaseModel):
    """Who answers: optional, for the report's counts only; never in an event."""

    model_config = ConfigDict(extra="forbid")

    sex: Sex | None = None
    age_band: AgeBand | None = None
    education: Education | None = None
    occupation: Occupation | None = None
