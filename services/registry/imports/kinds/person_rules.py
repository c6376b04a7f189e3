"""What a file of people would change."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.registry.assignments.rules import Assignment
from services.registry.contacts.rules import (
    ContactPoints,
    ContactRefused,
    checked_email,
    checked_phone,
)
from services.registry.imports.cells import plain, without_signs
from services.registry.imports.kinds.person_places import Place, PostBook, moves, place_of
from services.registry.imports.kinds.person_words import (
    KIND_WORDS,
    KINDS,
    LANGUAGE_WORDS,
)
from services.registry.imports.matching import UnitBook
from services.registry.imports.rules import CellRefused, Findings, Plan, Row, Sheet
from services.registry.people.rules import (
    NumberRefused,
    Person,
    check_number,
    kind_of_number,
)


@dataclass(slots=True)
class PeoplePlan(Plan):
    """What to insert and update.

    `assigned` are new assignments, `corrected` stored ones that get a last day by a transfer, or
    other duties, or another post.
    """

    new: list[Person] = field(default_factory=list)
    altered: list[Person] = field(default_factory=list)
    assigned: list[Assignment] = field(default_factory=list)
    corrected: list[Assignment] = field(default_factory=list)
    contacts: list[ContactPoints] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """What is stored about the people that a file names, and the units with their posts;
    `colleagues` are those who work today in one of its units, by what they are called."""

    people: Collection[Person]
    units: UnitBook
    posts: PostBook
    assignments: Mapping[UUID, list[Assignment]]
    contacts: Mapping[UUID, ContactPoints]
    colleagues: Mapping[UUID, str] = field(default_factory=dict)


def plan_people(sheet: Sheet, known: KnownPeople, *, new_id: Callable[[], UUID]) -> PeoplePlan:
    """People are recognised by their number, those without by their external id.

    Cells that are empty leave what is stored. Unit and date are a definitive assignment; for
    somebody who works elsewhere on that day, or in another post, they are a transfer.
    """
    planner = _Planner(sheet, known, new_id)
    for row in sheet.each():
        planner.take(row)
    plan = planner.plan
    plan.further = {"assignments": len(plan.assigned)}
    plan.missing = [name for who, name in known.colleagues.items() if who not in planner.named]
    return plan


class _Planner:
    def __init__(self, sheet: Sheet, known: KnownPeople, new_id: Callable[[], UUID]) -> None:
        self.plan = PeoplePlan(Findings(sheet))
        self.named: set[UUID] = set()
        self._sheet = sheet
        self._known = known
        self._new_id = new_id
        self._by_number = {person.number: person for person in known.people if person.number}
        self._by_mark = {mark: person for person in known.people if (mark := mark_of(person))}
        self._lines: dict[tuple[str, str], int] = {}

    def take(self, row: Row) -> None:
        before = self._stored(row)
        if before:
            self.named.add(before.id)
        after = self._person(row, before)
        place = place_of(
            row, units=self._known.units, posts=self._known.posts, findings=self.plan.findings
        )
        reached = self._reach(row, after.id)
        if row.line in self.plan.findings.lines:
            return
        moved = self._move(row, after.id, place) if place else False
        if row.line in self.plan.findings.lines:
            return
        if reached:
            self.plan.contacts.append(reached)
        if before is None:
            self.plan.new.append(after)
            self.plan.created += 1
            return
        if after != before:
            self.plan.altered.append(after)
        if after != before or moved or reached:
            self.plan.changed += 1
        else:
            self.plan.unchanged += 1

    def _refuse(self, row: Row, name: str, reason: str) -> None:
        self.plan.findings.refuse(row, name, reason)

    def _stored(self, row: Row) -> Person | None:
        """The person the row is about, if stored; refuses rows that name nobody, or two."""
        number, mark = without_signs(row["number"]), row["external_id"]
        if not number and not mark:
            name = "number" if "number" in self._sheet.places else "external_id"
            self._refuse(row, name, "is empty: without NIP a person needs an external id")
        for name, value in (("number", number), ("external_id", mark)):
            first = self._lines.setdefault((name, value), row.line)
            if value and first != row.line:
                self._refuse(row, name, f"stands in line {first} too: one row for each person")
        by_number, by_mark = self._by_number.get(number), self._by_mark.get(mark)
        if by_number and by_mark and by_number.id != by_mark.id:
            self._refuse(row, "external_id", "belongs to somebody else than the number")
        return by_number or by_mark

    def _person(self, row: Row, before: Person | None) -> Person:
        """The person as the row wants it; what it refuses is noted."""
        number = without_signs(row["number"]) or (before.number if before else None)
        kind = self._kind(row, before, number)
        if not row["name"]:
            self._refuse(row, "name", "is empty: name the person")
        if kind and (number or row["external_id"]):
            try:
                check_number(kind, number)
            except NumberRefused as refusal:
                self._refuse(row, "number", str(refusal))
            else:
                if number and row["number"]:
                    self.plan.findings.note(row, "number", number)
        mark = before.external_id if before else None
        if row["external_id"] and not (before and row["external_id"] == str(before.id)):
            mark = row["external_id"]
        return Person(
            before.id if before else self._new_id(),
            kind or "",
            row["name"],
            number,
            mark,
            before.version if before else 1,
        )

    def _kind(self, row: Row, before: Person | None, number: str | None) -> str | None:
        """The kind the row states, has stored, or shows by its number; None where refused."""
        if row["kind"]:
            kind = KIND_WORDS.get(plain(row["kind"]))
            if kind is None:
                self._refuse(row, "kind", f"must be one of {', '.join(KINDS)} or PNS, PPPK")
            return kind
        if before:
            return before.kind
        if number is None:
            if row["external_id"]:
                self._refuse(row, "kind", "is empty: without NIP the kind must be stated")
            return None
        try:
            return kind_of_number(number)
        except NumberRefused:
            return "civil_servant"  # so that the number is refused, with the right words

    def _move(self, row: Row, person_id: UUID, place: Place) -> bool:
        """Plan the assignment, transfer or correction; False where all stands already."""
        stored = self._known.assignments.get(person_id, [])
        try:
            corrected, assigned = moves(stored, person_id, place, new_id=self._new_id)
        except CellRefused as refusal:
            self._refuse(row, "from", str(refusal))
            return False
        self.plan.corrected += corrected
        self.plan.assigned += assigned
        return bool(corrected or assigned)

    def _reach(self, row: Row, person_id: UUID) -> ContactPoints | None:
        """The contact points the row states; None where nothing changes, or is refused."""
        before = self._known.contacts.get(person_id, ContactPoints(person_id))
        language = LANGUAGE_WORDS.get(row["language"].lower())
        if row["language"] and not language:
            self._refuse(row, "language", "must be id or en")
        after = replace(
            before,
            email=self._contact(row, "email", checked_email) or before.email,
            phone=self._contact(row, "phone", checked_phone) or before.phone,
            language=language or before.language,
        )
        return after if after != before else None

    def _contact(self, row: Row, name: str, check: Callable[[str], str]) -> str | None:
        try:
            return check(row[name]) if row[name] else None
        except ContactRefused as refusal:
            self._refuse(row, name, str(refusal))
            return None


def mark_of(person: Person) -> str:
    """What exports write as external id: those with neither number nor id are known by ours."""
    return person.external_id or ("" if person.number else str(person.id))
