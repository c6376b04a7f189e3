"""A city with a reporting line, as events."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts import (
    ELEMENTS,
    AssignmentChanged,
    AssignmentKind,
    CardChange,
    Duty,
    EntityChanged,
    Grade,
    PersonChanged,
    PersonKind,
    ScoreChanged,
    Scores,
    ServiceChanged,
    SubjectKind,
    SurveyAnswered,
    TenantChanged,
    UnitChanged,
)

LONG_AGO = date(2020, 1, 1)


def quarter_of(moment: datetime) -> tuple[str, date]:
    number = (moment.month - 1) // 3
    return f"{moment.year}-Q{number + 1}", date(moment.year, 3 * number + 1, 1)


@dataclass
class City:
    """Mayor's office over an agency over a counter; a head each, survey officers in the agency."""

    zone: str = "Asia/Jakarta"
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        dice = random.Random()
        ids = [UUID(int=dice.getrandbits(128), version=4) for _ in range(9)]
        self.id, self.top, self.agency, self.counter, self.service = ids[:5]
        self.mayor, self.chief, self.leader, self.officer = ids[5:]
        self._dice = dice

    def new_id(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)

    def tenant(self, **fields: Any) -> TenantChanged:
        return TenantChanged.model_validate(
            {"tenant_id": self.id, "id": self.id, "version": 1, "slug": "kota", "name": "Kota",
             "zone": self.zone} | fields
        )  # fmt: skip

    def units(self) -> list[UnitChanged]:
        tree = [(self.top, None, "Kota"), (self.agency, self.top, "Dinas"),
                (self.counter, self.agency, "Loket")]  # fmt: skip
        return [
            UnitChanged(
                tenant_id=self.id, id=id, version=1, parent_id=parent, name=name, unit_kind="unit"
            )
            for id, parent, name in tree
        ]

    def duty(self, person: UUID, unit: UUID, *duties: Duty, **fields: Any) -> AssignmentChanged:
        return AssignmentChanged.model_validate(
            {"tenant_id": self.id, "id": self.new_id(), "version": 1, "person_id": person,
             "unit_id": unit, "assignment_kind": AssignmentKind.DEFINITIVE,
             "valid_from": LONG_AGO, "duties": duties} | fields
        )  # fmt: skip

    def person(self, id: UUID, **fields: Any) -> PersonChanged:
        return PersonChanged.model_validate(
            {"tenant_id": self.id, "id": id, "version": 1, "person_kind": PersonKind.PPPK} | fields
        )

    def heads(self) -> list[AssignmentChanged]:
        return [
            self.duty(self.mayor, self.top, Duty.HEAD),
            self.duty(self.chief, self.agency, Duty.HEAD),
            self.duty(self.leader, self.counter, Duty.HEAD),
            self.duty(self.officer, self.agency, Duty.SURVEY_OFFICER),
        ]

    def registry(self) -> list[EntityChanged]:
        people = (self.mayor, self.chief, self.leader, self.officer)
        service = ServiceChanged(tenant_id=self.id, id=self.service, version=1, name="KTP-el")
        return [
            self.tenant(), *self.units(), service, *(self.person(one) for one in people),
            *self.heads(),
        ]  # fmt: skip

    def answer(
        self,
        *,
        marks: Sequence[int | None] = (3, 3, 1, 3, 3, 3, 3, 3, 3),
        at: datetime | None = None,
        later: timedelta = timedelta(minutes=5),
        state: str = "accepted",
        **fields: Any,
    ) -> SurveyAnswered:
        """One revision of an answer about the counter, received ``later`` after the service."""
        received = datetime.now(UTC) if at is None else at + later
        return SurveyAnswered.model_validate(
            {
                "tenant_id": self.id,
                "fact_id": self.new_id(),
                "revision": 1,
                "counted": state == "accepted",
                "state": state,
                "channel": "walk_in",
                "unit_id": self.counter,
                "service_id": self.service,
                "occurred_at": received - later,
                "received_at": received,
                "scores": Scores(**dict(zip(ELEMENTS, marks, strict=True))),
            }
            | fields
        )

    def grade(
        self,
        previous: str | None = "B",
        grade: str | None = "A",
        *,
        unit: UUID | None = None,
        version: int = 40,
        answers: int = 40,
        at: datetime | None = None,
        **card: Any,
    ) -> ScoreChanged:
        """The counter's quarter of today, over all services, with another grade."""
        moment = at or datetime.now(UTC)
        name, starts = quarter_of(moment)
        change = {
            "period": name,
            "period_starts": starts,
            "version": version,
            "answers": answers,
            "index": Decimal("90.12") if grade else None,
            "grade": Grade(grade) if grade else None,
            "previous_grade": Grade(previous) if previous else None,
        }
        return self.score([CardChange.model_validate(change | card)], unit=unit, at=moment)

    def score(
        self, cards: Sequence[CardChange], *, unit: UUID | None = None, at: datetime | None = None
    ) -> ScoreChanged:
        return ScoreChanged(
            tenant_id=self.id,
            subject_kind=SubjectKind.UNIT,
            subject_id=unit or self.counter,
            unit_id=unit or self.counter,
            computed_at=at or datetime.now(UTC),
            cards=tuple(cards),
        )
