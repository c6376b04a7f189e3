"""The organisations of the demo, read from `data/places`: who they are and what is simulated."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from cli.configurations import example_files

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Unit:
    """`parent` is the code of the unit above, or empty."""

    code: str
    name: str
    kind: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """`standard_minutes` is the time it is promised in; 0 where none is."""

    name: str
    standard_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is a NIP or the number of a contract employee; empty for people without one, as is
    `email`."""

    external_id: str
    name: str
    kind: str
    number: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person's work in a unit, by external id and code, from a day to the day before `until`.

    `duties` are what the person answers for there.
    """

    person: str
    unit: str
    kind: str
    valid_from: date
    until: date | None
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person with a ready-made login; `role` is beside that of an employee, empty if none."""

    person: str
    role: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`unit` is a code, or empty for the whole tenant; `switched_off` are elements of services."""

    valid_from: date
    unit: str = ""
    weight_decimals: int | None = None
    switched_off: tuple[tuple[str, str], ...] = ()
    minimum_sample: int = 30
    shrinkage: int = 30


@dataclass(frozen=True, slots=True)
class Desk:
    """One service of one unit, where citizens answer, and what is simulated there.

    `officers` maps external ids to how far their marks lie above `mood`, the mean mark; `elements`
    says the same of elements. `tickets` is the share of visits with a ticket; the rest walks in.
    """

    unit: str
    service: str
    answers: int = 0
    tickets: float = 0.0
    mood: float = 3.0
    officers: Mapping[str, float] = field(default_factory=dict)
    elements: Mapping[str, float] = field(default_factory=dict)
    saturdays: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person means to deliver this year, as the registry's drafts are written; `serves` of a
    result is the title of one of the assessor's, whose plan stands before."""

    person: str
    results: tuple[Mapping[str, Any], ...]
    expectations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant with everything that the registry is told about it; `configurations` are names of
    examples."""

    slug: str
    name: str
    zone: str
    units: tuple[Unit, ...]
    services: tuple[Service, ...]
    people: tuple[Person, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    policies: tuple[Policy, ...] = ()
    desks: tuple[Desk, ...] = ()
    logins: tuple[SignIn, ...] = ()
    configurations: tuple[str, ...] = ()
    plans: tuple[Plan, ...] = ()

    def unit(self, code: str) -> Unit:
        return next(unit for unit in self.units if unit.code == code)

    def switched_off(self, desk: Desk) -> frozenset[str]:
        """Elements that no policy of this place asks about at a desk's service."""
        pairs = {pair for policy in self.policies for pair in policy.switched_off}
        return frozenset(element for element, service in pairs if service == desk.service)


def simulated_places(*, answers: int | None = None) -> list[Place]:
    """The places whose month is simulated, with about so many answers together."""
    places = [_place(tomllib.loads(file.read_text())) for file in _files()]
    if answers is None:
        return places
    share = answers / sum(desk.answers for place in places for desk in place.desks)
    return [replace(place, desks=tuple(_scaled(place.desks, share))) for place in places]


def fingerprint() -> str:
    """Changes when anything about the places does."""
    everything = [*_files(), *example_files()]
    return hashlib.sha256(b"".join(file.read_bytes() for file in everything)).hexdigest()


def _files() -> list[Path]:
    return sorted((DATA / "places").glob("*.toml"), reverse=True)


def _scaled(desks: Iterable[Desk], share: float) -> Iterator[Desk]:
    for desk in desks:
        yield replace(desk, answers=max(1, round(desk.answers * share)))


def _place(given: Mapping[str, Any]) -> Place:
    return Place(
        slug=given["slug"],
        name=given["name"],
        zone=given["zone"],
        units=tuple(Unit(*unit) for unit in given["units"]),
        services=tuple(Service(*service) for service in given["services"]),
        people=tuple(Person(*person) for person in given["people"]),
        assignments=tuple(_assignment(assignment) for assignment in given["assignments"]),
        policies=tuple(_policy(policy) for policy in given["policies"]),
        desks=tuple(Desk(**desk) for desk in given["desks"]),
        logins=tuple(SignIn(*login) for login in given["logins"]),
        configurations=tuple(given["configurations"]),
        plans=tuple(Plan(**plan) for plan in given.get("plans", ())),
    )


def _assignment(given: Sequence[Any]) -> Assignment:
    person, unit, kind, begins, ends, duties = given
    until = date.fromisoformat(ends) if ends else None
    return Assignment(person, unit, kind, date.fromisoformat(begins), until, tuple(duties))


def _policy(given: Mapping[str, Any]) -> Policy:
    dated = date.fromisoformat(given["valid_from"])
    pairs = tuple((element, service) for element, service in given["switched_off"])
    return Policy(**{**given, "valid_from": dated, "switched_off": pairs})
