"""What a file of posts would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from services.registry.imports.cells import plain
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.matching import UnitBook, found_in
from services.registry.imports.rules import Findings, Row, Sheet
from services.registry.posts.rules import Post

KIND_TEXTS: Final = {
    "structural": "struktural",
    "functional": "fungsional",
    "executor": "pelaksana",
}
"""What exports write; the words below read it."""
_KINDS: Final = {
    "structural": "structural struktural jabatanstruktural pimpinantinggi administrator pengawas",
    "functional": "functional fungsional jabatanfungsional jf jft jfu fungsionaltertentu",
    "executor": "executor pelaksana jabatanpelaksana fungsionalumum staf",
}
_KIND_WORDS: Final = {word: kind for kind, words in _KINDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class KnownPosts:
    """All posts, and the units they may be in."""

    posts: Iterable[Post]
    units: UnitBook


def plan_posts(sheet: Sheet, known: KnownPosts, *, new_id: Callable[[], UUID]) -> EntityPlan[Post]:
    """Posts are recognised by unit and title."""
    findings = Findings(sheet)
    plan: EntityPlan[Post] = EntityPlan(findings)
    by_title = {(post.unit_id, one_line(post.title)): post for post in known.posts}
    lines = Lines(findings)
    for row in sheet.each():
        if not row["title"]:
            findings.refuse(row, "title", "is empty: name the post")
        if not row["unit"]:
            findings.refuse(row, "unit", "is empty: name the unit of the post")
        unit_id = found_in(known.units, row, "unit", findings)
        if unit_id is None or not row["title"]:
            continue
        key = unit_id, row["title"]
        lines.take(row, "title", key, what="post of a unit")
        before = by_title.get(key)
        kind = _kind(row, before, findings)
        if row.line not in findings.lines:
            plan.put(before, replace(before or Post(new_id(), *key, post_kind=""), post_kind=kind))
    return plan


def _kind(row: Row, before: Post | None, findings: Findings) -> str:
    """The kind the row states, or has stored; empty where it is refused."""
    if not row["kind"] and before:
        return before.post_kind
    kind = _KIND_WORDS.get(plain(row["kind"]), "")
    if not kind:
        words = ", ".join(KIND_TEXTS.values())
        reason = f"must be one of {words}"
        findings.refuse(row, "kind", reason if row["kind"] else f"is empty: it {reason}")
    return kind
