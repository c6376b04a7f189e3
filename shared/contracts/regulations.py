"""What the regulations say where nobody said otherwise: every field of every policy document.

Figures and sources: the rules, sections 1, 2, 4 and 6. Those that no regulation fixes are ours.
"""

from decimal import Decimal
from typing import Final

from shared.contracts.measures import BehaviourValue
from shared.contracts.policies import (
    BehaviourPolicy,
    ComplaintPolicy,
    EvaluationPolicy,
    FollowUpPolicy,
    NumericPolicy,
    RaterGroup,
    RatingPolicy,
    Weight,
)


def _weights(**percents: int) -> tuple[Weight, ...]:
    return tuple(Weight(group=group, percent=percents.get(group.value, 0)) for group in RaterGroup)


REGULATIONS: Final = {
    "PermenPANRB 6/2022": (
        RatingPolicy(
            scheme="matrix",
            above_share=Decimal("0.5"),
            below_share=Decimal("0.5"),
            main_below_share=Decimal("0.5"),
            distribution_minimum=10,
            trial=False,
            open_to_staff=False,
        ),
        BehaviourPolicy(
            officials=_weights(superior=50, peer=30, subordinate=20),
            staff=_weights(superior=50, peer=50),
            minimum_peers=3,
            minimum_subordinates=3,
            fewest_peers=3,
            most_peers=5,
            most_assessments=5,
            peers_of_other_teams=False,
            interval="quarterly",
            missing_group="reweigh",
            below_until=Decimal("1.50"),
            above_from=Decimal("2.50"),
        ),
        EvaluationPolicy(
            length="quarterly",
            document_to_employee=14,
            signed_back=14,
            report_upward=30,
            reviewer_signs=14,
            reviewer_first_step=7,
            reviewer_second_step=7,
            objection=14,
            objection_decision=7,
            themes=(),
            behaviour_of_citizens=BehaviourValue.BERORIENTASI_PELAYANAN,
        ),
        FollowUpPolicy(training_share=30, training_group=5, training_times=2, minimum_group=5),
    ),
    "PP 30/2019": (
        NumericPolicy(
            results_percent=70,
            results_percent_with_opinions=60,
            cap=120,
            very_good_from=110,
            good_from=90,
            fair_from=70,
            poor_from=50,
            mark_factor=40,
        ),
    ),
    "SP4N-LAPOR!": (
        ComplaintPolicy(
            verify=3,
            first_answer=5,
            reply_days=10,
            completion_information=5,
            completion_without_supervision=14,
            completion_with_supervision=60,
        ),
    ),
}
"""The complete document of each kind, under the name of its source."""
