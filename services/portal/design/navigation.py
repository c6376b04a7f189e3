"""The menu of signed-in people."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from shared.http.auth import Role


class Entry(NamedTuple):
    """A line of the menu; ``text`` is the key of its words, ``roles`` who sees it (empty: all)."""

    path: str
    text: str
    roles: frozenset[Role] = frozenset()
    personal: bool = False
    """Only for logins with a person behind them."""


KEEPERS: Final = frozenset({Role.personnel_officer, Role.tenant_administrator})
"""Who keeps the organisation, its people, plans and policies."""

ENTRIES: Final[tuple[Entry, ...]] = (
    Entry("/units", "results.units"),
    Entry("/organisation", "organisation.menu"),
    Entry("/people", "people.menu", KEEPERS),
    Entry("/people/me", "people.me"),
    Entry("/imports", "imports.menu", KEEPERS),
    Entry("/plans", "plans.menu"),
    Entry("/inbox", "inbox.menu", personal=True),
    Entry(
        "/counters",
        "counters.menu",
        frozenset({Role.survey_officer, Role.unit_officer, Role.tenant_administrator}),
    ),
)


def current(menu: Sequence[Entry], path: str) -> str:
    """The path of the entry that a page belongs to: of several the longest; empty for none."""
    return max((e.path for e in menu if path.startswith(e.path)), key=len, default="")
