"""Every field of every policy: how it is written and read on a page, and which rule it is from.

Names of the fields in both languages stand in ``policies.toml`` under ``field.<kind>.<field>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Form = Literal[
    "choice", "yes", "share", "percent", "count", "points", "mark", "workdays", "days",
    "weights", "themes", "value",
]  # fmt: skip
Rule = Literal[
    "pan6", "pan6_figure", "se3", "pp30", "pp30_custom", "lapor", "pan14", "pan14_custom", "ours"
]


@dataclass(frozen=True, slots=True)
class Field:
    """``choices`` are the values of a ``choice``; ``least`` and ``most`` bound whole numbers."""

    form: Form
    rule: Rule
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 1000


_SHARE: Final = Field("share", "pan6_figure", least=0, most=100)
_PERCENT: Final = Field("percent", "pp30", least=0, most=100)
_POINTS: Final = Field("points", "pp30", least=0, most=200)
_CUSTOMARY: Final = Field("points", "pp30_custom", least=0, most=200)
_OURS: Final = Field("count", "ours")
_CLOCK: Final = Field("workdays", "pan6", most=3660)
_COMPLAINT: Final = Field("workdays", "lapor", most=3660)

FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "rating": {
        "scheme": Field("choice", "pan6", ("matrix", "numeric")),
        "above_share": _SHARE,
        "below_share": _SHARE,
        "main_below_share": _SHARE,
        "distribution_minimum": Field("count", "se3"),
        "trial": Field("yes", "ours"),
        "open_to_staff": Field("yes", "ours"),
    },
    "behaviour": {
        "officials": Field("weights", "ours"),
        "staff": Field("weights", "ours"),
        "minimum_peers": _OURS,
        "minimum_subordinates": _OURS,
        "fewest_peers": _OURS,
        "most_peers": _OURS,
        "most_assessments": _OURS,
        "peers_of_other_teams": Field("yes", "ours"),
        "interval": Field("choice", "ours", ("monthly", "quarterly", "yearly")),
        "missing_group": Field("choice", "ours", ("reweigh", "pending")),
        "below_until": Field("mark", "ours"),
        "above_from": Field("mark", "ours"),
    },
    "evaluation": {
        "length": Field("choice", "pan6", ("monthly", "quarterly")),
        "themes": Field("themes", "ours"),
        "behaviour_of_citizens": Field("value", "ours"),
        "document_to_employee": _CLOCK,
        "signed_back": _CLOCK,
        "report_upward": _CLOCK,
        "reviewer_signs": _CLOCK,
        "reviewer_first_step": _CLOCK,
        "reviewer_second_step": _CLOCK,
        "objection": _CLOCK,
        "objection_decision": _CLOCK,
    },
    "complaints": {
        "verify": _COMPLAINT,
        "first_answer": _COMPLAINT,
        "reply_days": Field("days", "lapor", most=3660),
        "completion_information": _COMPLAINT,
        "completion_without_supervision": _COMPLAINT,
        "completion_with_supervision": _COMPLAINT,
    },
    "follow_up": {
        "training_share": Field("percent", "ours", least=0, most=100),
        "training_group": _OURS,
        "training_times": _OURS,
        "minimum_group": _OURS,
    },
    "numeric": {
        "results_percent": _PERCENT,
        "results_percent_with_opinions": _PERCENT,
        "cap": Field("points", "pp30", least=100, most=200),
        "very_good_from": _POINTS,
        "good_from": _POINTS,
        "fair_from": _CUSTOMARY,
        "poor_from": _CUSTOMARY,
        "mark_factor": Field("count", "ours", most=100),
    },
}
"""By kind, in the order in which people ask."""

SURVEY: Final[Mapping[str, Rule]] = {
    "minimum_sample": "ours",
    "shrinkage": "ours",
    "weight_decimals": "pan14_custom",
    "switched_off": "pan14",
}
"""The policy of the survey is one document: the nearest replaces those above it entirely."""

GROUPS: Final = ("superior", "peer", "subordinate", "self", "citizen")
"""Who assesses behaviour."""
