"""What a cell names that is stored: by its code, or by what people call it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.registry.imports.cells import plain, without_signs
from services.registry.imports.entities import one_line
from services.registry.imports.rules import CellRefused, Findings, Row, Sheet


@dataclass(frozen=True, slots=True)
class Named:
    """Something with its code and all that it is called."""

    id: UUID
    code: str | None
    names: tuple[str, ...]


class UnitBook:
    """Units by code, name or alias; names match whatever their case, blanks and signs."""

    def __init__(self, units: Iterable[Named]) -> None:
        self._units = {unit.id: unit for unit in units}
        self._by_code = {unit.code or str(unit.id): unit.id for unit in self._units.values()}
        self._by_word: dict[str, set[UUID]] = {}
        for unit in self._units.values():
            for word in (unit.code or "", *unit.names):
                self._by_word.setdefault(plain(word), set()).add(unit.id)

    def find(self, text: str) -> UUID:
        """The unit that a cell names. Raises `CellRefused`."""
        if text in self._by_code:
            return self._by_code[text]
        found = self._by_word.get(plain(text), set()) if plain(text) else set()
        if len(found) == 1:
            return next(iter(found))
        if found:
            codes = sorted(self.word_for(unit) for unit in found)
            raise CellRefused(f"fits several units ({', '.join(codes)}): write the code instead")
        raise CellRefused("is not the code, name or alias of a stored unit: import units first")

    def word_for(self, unit_id: UUID) -> str:
        """What an export writes for this unit, so that `find` finds it: its code, or its id."""
        return self._units[unit_id].code or str(unit_id)


class NameBook:
    """Things by their code or name, whatever its case, blanks and signs; those that share a name by
    their code or id. `kind` is what is imported to get more of them."""

    def __init__(self, things: Iterable[Named], *, kind: str) -> None:
        self._kind = kind
        self._words: dict[UUID, tuple[str, ...]] = {}
        self._exact: dict[str, set[UUID]] = {}
        self._alike: dict[str, set[UUID]] = {}
        for thing in things:
            words = [thing.code, *thing.names] if thing.code else thing.names
            self._words[thing.id] = (*words, str(thing.id))
            for word in map(one_line, self._words[thing.id]):
                self._exact.setdefault(word, set()).add(thing.id)
                self._alike.setdefault(plain(word), set()).add(thing.id)

    def find(self, text: str) -> UUID:
        """What a cell names. Raises `CellRefused`."""
        found = self._exact.get(text) or self._alike.get(plain(text) or text, set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            codes = ", ".join(sorted(self.word_for(each) for each in found))
            raise CellRefused(f"fits several {self._kind} ({codes}): write one of these instead")
        raise CellRefused(f"is not one of the stored {self._kind}: import {self._kind} first")

    def word_for(self, thing_id: UUID) -> str:
        """What an export writes, so that `find` finds it, in lists separated by ; too."""
        words = self._words[thing_id]
        fitting = (
            word for word in words if self._exact[one_line(word)] == {thing_id} and ";" not in word
        )
        return next(fitting, words[-1])


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody, and by what files name them. `kind` is a value of contracts' `PersonKind`."""

    id: UUID
    kind: str
    number: str | None
    external_id: str | None


class PersonBook:
    """People by their NIP, however it is spaced, by their external id, or by our id."""

    def __init__(self, people: Iterable[NamedPerson]) -> None:
        self._people = {person.id: person for person in people}
        self._by_word: dict[str, set[UUID]] = {}
        for person in self._people.values():
            for word in _words_of(person):
                self._by_word.setdefault(word, set()).add(person.id)

    def find(self, text: str) -> NamedPerson:
        """Whom a cell names. Raises `CellRefused`."""
        found = self._by_word.get(text) or self._by_word.get(without_signs(text), set())
        if len(found) == 1:
            return self._people[next(iter(found))]
        if found:
            raise CellRefused("fits several people: write the id that exports show")
        raise CellRefused("is not the NIP or employee id of anybody stored: import people first")

    def kind_of(self, person_id: UUID) -> str:
        """A value of contracts' `PersonKind`."""
        return self._people[person_id].kind

    def word_for(self, person_id: UUID) -> str:
        """What an export writes for this person, so that `find` finds nobody else."""
        words = _words_of(self._people[person_id])
        return next(word for word in words if self._by_word[word] == {person_id})


def _words_of(person: NamedPerson) -> list[str]:
    stated = (person.number, one_line(person.external_id or ""))
    return [*(word for word in stated if word), str(person.id)]


def found_in(book: UnitBook | NameBook, row: Row, name: str, findings: Findings) -> UUID | None:
    """What a cell names; None where it is empty or refused, which is noted."""
    try:
        return book.find(row[name]) if row[name] else None
    except CellRefused as refusal:
        findings.refuse(row, name, str(refusal))
        return None


def person_in(book: PersonBook, row: Row, name: str, findings: Findings) -> NamedPerson | None:
    """Whom a cell names; None where it is empty or refused, which is noted."""
    try:
        return book.find(row[name]) if row[name] else None
    except CellRefused as refusal:
        findings.refuse(row, name, str(refusal))
        return None


def people_named(book: PersonBook, sheet: Sheet, *columns: str) -> set[UUID]:
    """Everybody whom cells of these columns name."""
    named = set()
    for text in {row[name] for row in sheet.rows for name in columns} - {""}:
        try:
            named.add(book.find(text).id)
        except CellRefused:
            continue
    return named
