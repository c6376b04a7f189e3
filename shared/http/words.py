"""Validation errors in words that the sender of a request understands."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_ERRORS: Final = 50
_LOCATIONS: Final = frozenset({"body", "query", "path", "header", "cookie"})
_LONGEST_FIELD: Final = 120


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field (`scores.U1`, `items[3].mark`, `limit`) and what is wrong with it."""

    field: str
    problem: str


def explain(errors: Sequence[Any]) -> list[FieldProblem]:
    """Translate pydantic's error dictionaries; at most the first 50, never with the value that was
    sent.
    """
    return [FieldProblem(_field(e["loc"]), _problem(e)) for e in errors[:MOST_ERRORS]]


def explain_decoding(message: str) -> FieldProblem:
    """Translate a msgspec message such as "Expected `int` >= 1 - at `$.scores[2]`"."""
    text, _, place = message.partition(" - at ")
    field = place.strip("`").removeprefix("$").lstrip(".") or "body"
    return FieldProblem(field, re.sub(r"`([^`]*)`", r"\1", text))


def _field(loc: Sequence[int | str]) -> str:
    parts = loc[1:] if len(loc) > 1 and loc[0] in _LOCATIONS else loc
    field = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in parts).lstrip(".")
    return field[:_LONGEST_FIELD] or "body"


def _problem(error: Mapping[str, Any]) -> str:
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    words = _EXACT.get(kind)
    if words is not None:
        return words(context)
    for ending, text in _BY_FAMILY.items():
        if kind.startswith(ending):
            return text
    message: str = error["msg"]
    return message[:1].lower() + message[1:]


def _bound(words: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda context: words.format(context.get(key))


def _fixed(words: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: words


_EXACT: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "missing": _fixed("is missing: send it"),
    "extra_forbidden": _fixed("is not a known field: check its spelling or leave it out"),
    "value_error": lambda context: str(context.get("error", "is not acceptable")),
    "assertion_error": lambda context: str(context.get("error", "is not acceptable")),
    "greater_than": _bound("must be more than {}", "gt"),
    "greater_than_equal": _bound("must be at least {}", "ge"),
    "less_than": _bound("must be less than {}", "lt"),
    "less_than_equal": _bound("must be at most {}", "le"),
    "enum": _bound("must be one of {}", "expected"),
    "literal_error": _bound("must be one of {}", "expected"),
    "string_too_short": _bound("must have at least {} characters", "min_length"),
    "string_too_long": _bound("must have at most {} characters", "max_length"),
    "string_pattern_mismatch": _bound("must have the form {}", "pattern"),
    "string_unicode": _fixed("must be text in UTF-8"),
    "too_short": _bound("must have at least {} entries", "min_length"),
    "too_long": _bound("must have at most {} entries", "max_length"),
    "timezone_aware": _fixed("must have a time zone, such as 2026-01-31T08:30:00Z"),
    "json_invalid": _fixed("must be valid JSON"),
}

_BY_FAMILY: Final[dict[str, str]] = {
    "string_": "must be text",
    "int_": "must be a whole number",
    "float_": "must be a number",
    "decimal_": "must be a number",
    "bool_": "must be true or false",
    "uuid_": "must be an id such as 0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69",
    "datetime_": "must be a time such as 2026-01-31T08:30:00Z",
    "date_": "must be a date such as 2026-01-31",
    "time_": "must be a time of day such as 08:30",
    "list_": "must be a list",
    "tuple_": "must be a list",
    "set_": "must be a list",
    "dict_": "must be an object",
    "mapping_": "must be an object",
    "model_": "must be an object",
}
