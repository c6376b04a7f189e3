"""Where a row of a file of people places somebody: unit, post, first day and duties."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.assignments.rules import (
    DEFINITIVE,
    DUTIES,
    Assignment,
    TransferRefused,
    in_order,
    transfer,
)
from services.registry.imports.cells import day_of, plain
from services.registry.imports.kinds.person_words import DUTY_WORDS
from services.registry.imports.matching import NameBook, Named, UnitBook, found_in
from services.registry.imports.rules import CellRefused, Findings, Row
from services.registry.posts.rules import Post

_ACTING: Final = re.compile(r"pl[th]\b", re.IGNORECASE)
_ACTING_WORDS: Final = (
    "is an acting post (Plt., Plh.): a row states the definitive one; enter the acting assignment "
    "beside it, for the person"
)
"""One row for each person is one definitive assignment; acting ones come on top of it."""
_NO_POSTS: Final = NameBook((), kind="posts of this unit")


class PostBook:
    """Posts by their unit and title, whatever its case, blanks and signs."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self._units = {post.id: post.unit_id for post in posts}
        named: dict[UUID, list[Named]] = {}
        for post in posts:
            named.setdefault(post.unit_id, []).append(Named(post.id, None, (post.title,)))
        self._books = {
            unit_id: NameBook(each, kind="posts of this unit") for unit_id, each in named.items()
        }

    @property
    def kept(self) -> bool:
        """Whether the file's units have posts at all: most offices name them in every file, also
        where nobody keeps them here."""
        return bool(self._books)

    def of_unit(self, unit_id: UUID) -> NameBook:
        """Those of one unit."""
        return self._books.get(unit_id, _NO_POSTS)

    def word_for(self, post_id: UUID) -> str:
        """What an export writes for this post beside its unit."""
        return self._books[self._units[post_id]].word_for(post_id)


@dataclass(frozen=True, slots=True)
class Place:
    """A definitive assignment as a row states it; post and duties are None where it states none."""

    unit_id: UUID
    first: date
    post_id: UUID | None
    duties: tuple[str, ...] | None


def place_of(row: Row, *, units: UnitBook, posts: PostBook, findings: Findings) -> Place | None:
    """The place that a row states; None where it states none, or it is refused, which is noted."""
    duties = _duties(row, findings)
    if not row["unit"] and not row["from"]:
        for name in ("duties", "post"):
            if row[name]:
                findings.refuse(row, name, "needs unit and first day beside it")
        return None
    if not row["unit"] or not row["from"]:
        name = "from" if row["unit"] else "unit"
        findings.refuse(row, name, "is empty: an assignment needs unit and first day")
        return None
    day = day_of(row, "from", findings)
    unit_id = found_in(units, row, "unit", findings)
    if unit_id is None:
        return None
    if not posts.kept:
        return Place(unit_id, day, None, duties) if day else None
    if _ACTING.match(row["post"]):
        findings.refuse(row, "post", _ACTING_WORDS)
        return None
    post_id = found_in(posts.of_unit(unit_id), row, "post", findings)
    return Place(unit_id, day, post_id, duties) if day else None


def moves(
    stored: Sequence[Assignment], person_id: UUID, place: Place, *, new_id: Callable[[], UUID]
) -> tuple[list[Assignment], list[Assignment]]:
    """The assignments to correct, and those to begin, so that somebody works in this place from its
    first day; both empty where all stands already. Raises `CellRefused` for the day."""
    day = place.first
    definitive = [a for a in stored if a.kind == DEFINITIVE]
    same = (a for a in definitive if (a.unit_id, a.valid_from) == (place.unit_id, day))
    if (standing := next(same, None)) is not None:
        after = replace(
            standing,
            duties=standing.duties if place.duties is None else place.duties,
            post_id=place.post_id or standing.post_id,
        )
        return [after] if after != standing else [], []
    if any(a.holds_on(day) for a in definitive):
        try:
            ended, started = transfer(
                definitive,
                place.unit_id,
                on=day,
                new_id=new_id(),
                duties=place.duties,
                post_id=place.post_id,
            )
        except TransferRefused as refusal:
            raise CellRefused(str(refusal)) from None
        return [ended], [started]
    if later := [a.valid_from for a in definitive if a.valid_from > day]:
        raise CellRefused(
            f"a definitive assignment begins later, on {min(later)}: correct that one"
        )
    begun = Assignment(
        new_id(),
        person_id,
        place.unit_id,
        DEFINITIVE,
        day,
        duties=place.duties or (),
        post_id=place.post_id,
    )
    return [], [begun]


def _duties(row: Row, findings: Findings) -> tuple[str, ...] | None:
    """The duties that a row states; None where it states none."""
    if not row["duties"]:
        return None
    words = [plain(part) for part in row["duties"].split(";")]
    duties = [DUTY_WORDS.get(word) for word in words if word]
    if None in duties:
        findings.refuse(row, "duties", f"must be of {', '.join(DUTIES)}, separated by ;")
    return in_order([duty for duty in duties if duty])
