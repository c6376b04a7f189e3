"""Why a citizen's answer was not taken, in words that say what to do now."""

from collections.abc import Mapping
from typing import Final

import asyncpg
import structlog

from services.feedback.intake.group_commit import BusyError, NotStorableError
from services.feedback.intake.rules import Refusal
from shared.http.problems import RETRY_AFTER_SECONDS, Problem, problem_from

log = structlog.get_logger()


def problem_of_error(error: Exception, *, repeatable: bool) -> Problem:
    """The problem of an answer that the group commit gave back.

    ``repeatable``: the request has a token or key, by which a second try finds the first.
    """
    if isinstance(error, NotStorableError):
        cause = error.__cause__
        if isinstance(cause, asyncpg.IntegrityConstraintViolationError | asyncpg.DataError):
            # The rule only: the database's own words quote the row, comment and all.
            log.warning(
                "The database refused an answer",
                action="intake.refused",
                error=type(cause).__name__,
                constraint=cause.constraint_name,
            )
            return Problem(
                422,
                "answer-not-storable",
                title="The answer breaks a rule of the database",
                detail="Nothing was stored. Correct the answer; the operators can find the rule in "
                "the log under the value of `instance`.",
            )
        return problem_from(cause or error)
    if isinstance(error, BusyError):
        slug, title, detail = "busy", "Too many answers at once", _BUSY
    else:
        slug, title = "temporarily-unavailable", "The service is unavailable for the moment"
        detail = _UNCERTAIN_BUT_REPEATABLE if repeatable else _UNCERTAIN
    return Problem(
        503, slug, title=title, detail=detail, headers={"retry-after": RETRY_AFTER_SECONDS}
    )


_BUSY: Final = "Nothing was stored. Send the same request again in a few seconds."
_UNCERTAIN_BUT_REPEATABLE: Final = (
    "Whether the answer was stored is not known. Send the same request again in a few seconds, "
    "with the same token or Idempotency-Key: it is then stored once."
)
_UNCERTAIN: Final = (
    "Whether the answer was stored is not known: sent again, it may count twice. With an "
    "Idempotency-Key, one for each new answer, sending again is safe."
)


def problem_of_refusal(refusal: Refusal) -> Problem:
    """The problem of an answer that the rules refuse."""
    status, title, detail = _WORDS[refusal]
    return Problem(status, refusal, title=title, detail=detail)


_WORDS: Final[Mapping[Refusal, tuple[int, str, str]]] = {
    Refusal.UNKNOWN_TENANT: (
        404,
        "The tenant is not known",
        "Check the tenant in the address: scan the code again or type the address as printed.",
    ),
    Refusal.UNKNOWN_TOKEN: (
        404,
        "The token is not known",
        "Check the token: scan the code of your ticket again or type it exactly as printed.",
    ),
    Refusal.TOKEN_EXPIRED: (
        410,
        "The token has expired",
        "The time to answer about this visit is over; ask at the counter to answer there.",
    ),
    Refusal.TOKEN_USED: (
        409,
        "The token has been used",
        "This visit was already answered; the first answer stands.",
    ),
    Refusal.UNKNOWN_COUNTER: (
        404,
        "The counter's code is not known",
        "Check the code: scan it again or type its six characters exactly as printed.",
    ),
    Refusal.COUNTER_SWITCHED_OFF: (
        410,
        "The counter takes no answers any more",
        "Use the code that is shown at the counter now.",
    ),
    Refusal.FUTURE_SERVICE_DAY: (
        422,
        "The day of service has not come yet",
        "Correct service_day to today or an earlier day, or leave it out.",
    ),
    Refusal.IDEMPOTENCY_KEY_REUSED: (
        422,
        "The Idempotency-Key was used for another answer",
        "Send each new answer with a new key; repeat a key only with the very same answer.",
    ),
}
