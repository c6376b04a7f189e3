"""Training programmes and their places."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Programme:
    """From `starts_on` to before `ends_on`; `places` None is without a limit. `enrolled` is how
    many have a place now."""

    id: UUID
    name: str
    provider: str
    starts_on: date
    ends_on: date
    places: int | None = None
    competence_ids: tuple[UUID, ...] = ()
    enrolled: int = 0
    version: int = 1

    @property
    def is_full(self) -> bool:
        """Whether nobody else can take part."""
        return self.places is not None and self.enrolled >= self.places


class ProgrammeRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """`field` says what is wrong with which field of a request."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def check_programme(programme: Programme, first_completed: date | None = None) -> None:
    """Refuse a programme that ends before it starts, has fewer places than people in it, or starts
    after somebody completed it."""
    if programme.ends_on <= programme.starts_on:
        raise ProgrammeRefused("ends_on", "must be after starts_on: it is the first day no more")
    if programme.places is not None and programme.places < programme.enrolled:
        raise ProgrammeRefused(
            "places", f"must be at least {programme.enrolled}: so many people are enrolled"
        )
    if first_completed is not None and first_completed < programme.starts_on:
        raise ProgrammeRefused(
            "starts_on", f"must not be after {first_completed}: somebody completed it on that day"
        )
