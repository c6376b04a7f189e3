"""What each pack says: the complete documents of `shared.contracts.regulations`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.contracts import REGULATIONS, PolicyDocument, RatingPolicy

SURVEYS: Final = "PermenPANRB 14/2017"


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """How satisfaction is computed, without what each tenant asks."""

    weight_decimals: int | None = None
    minimum_sample: int = 30
    shrinkage: int = 30


@dataclass(frozen=True, slots=True)
class Pack:
    """`name` is that of the regulation; fields that a document leaves out it does not touch."""

    slug: str
    name: str
    documents: tuple[PolicyDocument, ...] = ()
    satisfaction: SurveyRules | None = None


def _pack(slug: str, name: str, *more: PolicyDocument) -> Pack:
    return Pack(slug, name, (*more, *REGULATIONS[name]))


PACKS: Final[Mapping[str, Pack]] = {
    pack.slug: pack
    for pack in (
        _pack("permenpanrb-6-2022", "PermenPANRB 6/2022"),
        _pack("pp-30-2019", "PP 30/2019", RatingPolicy(scheme="numeric")),
        Pack("skm-14-2017", SURVEYS, satisfaction=SurveyRules()),
        _pack("sp4n-lapor", "SP4N-LAPOR!"),
    )
}
"""By slug."""
