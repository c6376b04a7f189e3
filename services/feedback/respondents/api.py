"""`/v1/units/{unit}/respondents`: who answered, in counts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel

from services.feedback.answers.documents import AgeBand, Education, Occupation, Sex
from services.feedback.registry_replica import store as registry_replica
from services.feedback.registry_replica.api import unknown_tenant
from services.feedback.respondents import store
from services.feedback.respondents.rules import (
    LEAST,
    NOT_STATED,
    Group,
    full,
    merged,
    months_between,
)
from services.feedback.state import InState
from shared.contracts import AnswerChannel, is_service_time
from shared.http.auth import Principal, Role, require
from shared.http.problems import Problem, invalid_request, not_found
from shared.http.words import FieldProblem

router = APIRouter(tags=["respondents"])

_PUBLISHERS: Final = (Role.survey_officer, Role.tenant_administrator)
Reader = Annotated[Principal, Depends(require(*_PUBLISHERS, Role.unit_officer))]

_VALUES: Final[Mapping[str, Sequence[str]]] = {
    "sex": [*Sex, NOT_STATED],
    "age_band": [*AgeBand, NOT_STATED],
    "education": [*Education, NOT_STATED],
    "occupation": [*Occupation, NOT_STATED],
    "channel": list(AnswerChannel),
}


class GroupShown(BaseModel):
    """`values` are several where groups of fewer than five were merged."""

    values: list[str]
    answers: int


class Respondents(BaseModel):
    """Accepted answers by what their respondents stated of themselves, and by service.

    `merged`: small groups stand together, for readers who are not to publish the report. Below
    five answers in all there are no groups, for nobody.
    """

    unit_id: UUID
    service_id: UUID | None
    answers: int
    merged: bool
    sex: list[GroupShown]
    age_band: list[GroupShown]
    education: list[GroupShown]
    occupation: list[GroupShown]
    service: list[GroupShown]
    channel: list[GroupShown]

    @classmethod
    def of(cls, counts: store.Counts, *, unit: UUID, service: UUID | None, publishes: bool) -> Self:
        shown: Callable[[Mapping[str, int], Sequence[str]], list[Group]]
        shown = full if publishes else merged
        values = {**_VALUES, "service_id": sorted(counts.of["service_id"])}
        groups = {
            dimension: [
                GroupShown(values=list(group.values), answers=group.answers)
                for group in (shown(counts.of[dimension], values[dimension]))
            ]
            if counts.total >= LEAST
            else []
            for dimension in store.DIMENSIONS
        }
        groups["service"] = groups.pop("service_id")
        return cls(
            unit_id=unit,
            service_id=service,
            answers=counts.total,
            merged=not publishes,
            **groups,
        )


@router.get("/v1/units/{unit}/respondents")
async def count_respondents(
    unit: UUID,
    *,
    caller: Reader,
    state: InState,
    from_: Annotated[AwareDatetime, Query(alias="from")],
    until: AwareDatetime,
    service: UUID | None = None,
) -> Respondents:
    """Counts for whole calendar months of the tenant, [from, until).

    Survey officers and tenant administrators, who owe the public the report, get the full
    distribution. Unit officers get single months that are over, all services together, with small
    groups merged: months do not overlap, so that no two of their answers differ by a few people.
    """
    publishes = caller.has(*_PUBLISHERS)
    async with state.database.transaction(caller.tenant) as connection:
        zone = await registry_replica.zone_of(connection, caller.tenant)
        if zone is None:
            raise unknown_tenant()
        _check(from_, until, zone, one=not publishes, service=service)
        unknown = await registry_replica.missing(
            connection,
            caller.tenant,
            wanted={"units": unit, "services": service},
            even_deleted=True,
        )
        if unknown:
            raise not_found(
                "This tenant has no unit or service with this id: check them at the registry."
            )
        counts = await store.count(
            connection, caller.tenant, unit, from_=from_, until=until, service=service
        )
    return Respondents.of(counts, unit=unit, service=service, publishes=publishes)


def _check(from_: datetime, until: datetime, zone: str, *, one: bool, service: UUID | None) -> None:
    possible = is_service_time(from_) and is_service_time(until)
    months = months_between(from_, until, zone) if possible else None
    if months is None:
        words = f"must be midnight ({zone}) of the first day of a month, until after from"
        raise invalid_request([FieldProblem("from", words), FieldProblem("until", words)])
    if one and (months > 1 or service is not None or until > datetime.now(UTC)):
        raise Problem(
            403,
            "single-months-only",
            title="Not allowed",
            detail="Your role sees single months that are over, without `service`: from several "
            "views one could compute who answered. The published report has the rest.",
        )
