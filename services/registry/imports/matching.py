"""Which stored unit a cell names: by its code, or by what people call it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.registry.imports.cells import plain
from services.registry.imports.rules import CellRefused


@dataclass(frozen=True, slots=True)
class Named:
    """A unit with its code and all that it is called."""

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
