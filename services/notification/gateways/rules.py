"""How a gateway wants to be told a phone number and a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

PLACEHOLDERS = ("phone", "digits", "text", "link", "id")
"""``{phone}`` is +628…, ``{digits}`` the same without the plus, ``{link}`` leads to the portal,
``{id}`` is the delivery's: the same at each attempt, for gateways that know a repetition by it."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_DEEPEST = 8
_RESERVED = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "te", "upgrade"}
)


class GatewayRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message says what to change and repeats no secret; ``field`` names where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Gateway:
    """Messages are POSTed to ``url`` as JSON made of ``template``. The values of ``headers`` are
    the tenant's secrets."""

    url: str
    headers: Mapping[str, str]
    template: Mapping[str, Any]
    version: int = 0


def check_template(template: Mapping[str, Any]) -> None:
    """Refuse one that has no place for the number or the text, or names unknown places. Raises
    `GatewayRefused`."""
    used = set(_placeholders(template, depth=0))
    if unknown := sorted(used - set(PLACEHOLDERS)):
        raise GatewayRefused("template", f"knows no place {{{unknown[0]}}}")
    if "text" not in used or not used & {"phone", "digits"}:
        raise GatewayRefused("template", "needs {text}, and {phone} or {digits}")


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that are none, or that are ours to send. Raises `GatewayRefused`."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _RESERVED:
            raise GatewayRefused("headers", "has a name that cannot be set")
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise GatewayRefused("headers", "has a value that no header can have")


def fill(template: Any, places: Mapping[str, str]) -> Any:
    """The document with its places filled; inside JSON's own text, so nothing needs escaping."""
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: places[found[1]], template)
    if isinstance(template, Mapping):
        return {name: fill(value, places) for name, value in template.items()}
    if isinstance(template, list):
        return [fill(value, places) for value in template]
    return template


def _placeholders(template: Any, *, depth: int) -> list[str]:
    if depth > _DEEPEST:
        raise GatewayRefused("template", f"is nested more than {_DEEPEST} deep")
    if isinstance(template, str):
        return _PLACEHOLDER.findall(template)
    if isinstance(template, float) and not isfinite(template):
        raise GatewayRefused("template", "holds a number that JSON does not have")
    if isinstance(template, Mapping):
        template = list(template.values())
    if isinstance(template, list):
        return [name for value in template for name in _placeholders(value, depth=depth + 1)]
    return []
