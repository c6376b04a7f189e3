"""Compares two versions of a JSON Schema and says which side must be deployed first.

Readers ignore unknown fields, and records of the frozen version stay on the topic. So there are
three kinds of change: one that harms nobody, one that old readers cannot take (they must be
replaced before the first new record is written), and one that new readers cannot take from old
records (the writer must be replaced, and the old records must be gone: usually a new version).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Schema = dict[str, Any]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_IDENTITIES = ("type", "format", "pattern", "const")


class First(StrEnum):
    """Who has to be deployed before the other."""

    EITHER = "either"
    READERS = "readers"
    WRITER = "writer"


@dataclass(frozen=True)
class Change:
    """``path`` is the field, dotted; ``what`` a sentence part; ``first`` the side to deploy."""

    path: str
    what: str
    first: First


def compare(frozen: Schema, current: Schema) -> list[Change]:
    """All differences that matter to a reader or a writer; titles and descriptions do not."""
    return list(_node(frozen, current, (frozen, current), path=""))


def _resolve(node: Schema, root: Schema) -> Schema:
    while "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        node = root["$defs"][name] | {key: node[key] for key in node if key != "$ref"}
    return node


def _alternatives(node: Schema, root: Schema) -> list[Schema]:
    return [_resolve(option, root) for option in node.get("anyOf", [node])]


def _node(old: Schema, new: Schema, roots: tuple[Schema, Schema], *, path: str) -> Iterator[Change]:
    olds = _alternatives(_resolve(old, roots[0]), roots[0])
    news = _alternatives(_resolve(new, roots[1]), roots[1])
    by_type_old = {option.get("type", "any"): option for option in olds}
    by_type_new = {option.get("type", "any"): option for option in news}
    for added in by_type_new.keys() - by_type_old.keys():
        yield Change(path, f"may now be {added}", First.READERS)
    for removed in by_type_old.keys() - by_type_new.keys():
        yield Change(path, f"may no longer be {removed}", First.WRITER)
    for kind in sorted(by_type_old.keys() & by_type_new.keys()):
        yield from _same_type(by_type_old[kind], by_type_new[kind], roots, path=path)


def _same_type(
    old: Schema, new: Schema, roots: tuple[Schema, Schema], *, path: str
) -> Iterator[Change]:
    for word in _IDENTITIES:
        if old.get(word) != new.get(word):
            what = f"{word} changed from {old.get(word)!r} to {new.get(word)!r}"
            yield Change(path, what, First.READERS)
    yield from _values(old, new, path=path)
    yield from _bounds(old, new, path=path)
    yield from _properties(old, new, roots, path=path)
    if "items" in old and "items" in new:
        yield from _node(old["items"], new["items"], roots, path=f"{path}[]")


def _values(old: Schema, new: Schema, *, path: str) -> Iterator[Change]:
    before, after = set(old.get("enum", ())), set(new.get("enum", ()))
    for value in sorted(after - before, key=str):
        yield Change(path, f"may now be {value!r}", First.READERS)
    for value in sorted(before - after, key=str):
        yield Change(path, f"may no longer be {value!r}", First.WRITER)


def _bounds(old: Schema, new: Schema, *, path: str) -> Iterator[Change]:
    for words, loosens in ((_LOWER_BOUNDS, -1), (_UPPER_BOUNDS, 1)):
        for word in words:
            before, after = old.get(word), new.get(word)
            if before == after:
                continue
            looser = after is None or (before is not None and (after - before) * loosens > 0)
            what = f"{word} changed from {before} to {after}"
            yield Change(path, what, First.READERS if looser else First.WRITER)


def _properties(
    old: Schema, new: Schema, roots: tuple[Schema, Schema], *, path: str
) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() | after.keys()):
        inner = f"{path}.{name}" if path else name
        if name not in after:
            required = name in needed_before
            yield Change(inner, "was removed", First.READERS if required else First.EITHER)
        elif name not in before:
            required = name in needed_after
            what = "is new and required" if required else "is new and optional"
            yield Change(inner, what, First.WRITER if required else First.EITHER)
        else:
            if name in needed_before - needed_after:
                yield Change(inner, "is no longer required", First.READERS)
            if name in needed_after - needed_before:
                yield Change(inner, "is required now", First.WRITER)
            yield from _node(before[name], after[name], roots, path=inner)
