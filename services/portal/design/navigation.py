"""The menu of signed-in people."""

from typing import Final, NamedTuple

from shared.http.auth import Role


class Entry(NamedTuple):
    """A line of the menu; ``text`` is the key of its words, ``roles`` who sees it (empty: all)."""

    path: str
    text: str
    roles: frozenset[Role] = frozenset()


ENTRIES: Final[tuple[Entry, ...]] = ()
