"""The menu of signed-in people."""

from typing import Final, NamedTuple

from shared.http.auth import Role


class Entry(NamedTuple):
    """A line of the menu; ``text`` is the key of its words, ``roles`` who sees it (empty: all)."""

    path: str
    text: str
    roles: frozenset[Role] = frozenset()
    personal: bool = False
    """Only for logins with a person behind them."""


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry("/units", "results.units"),
    Entry("/inbox", "inbox.menu", personal=True),
    Entry(
        "/counters",
        "counters.menu",
        frozenset({Role.survey_officer, Role.unit_officer, Role.tenant_administrator}),
    ),
)
