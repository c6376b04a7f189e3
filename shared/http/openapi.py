"""How problem answers appear in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from shared.http.problems import MEDIA_TYPE

_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Stable: urn:tera:problem:<slug>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do now"},
        "instance": {"type": "string", "description": "urn:tera:request:<request id>"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}


def _response(description: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": reference}}}


PROBLEM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    400: _response("The request cannot be read"),
    422: _response("Some fields are not valid: see errors"),
    503: _response("A dependency is away: retry after the seconds of Retry-After"),
}
"""What any route may answer. A route names others in its own ``responses``; those that follow from
what it takes are added by ``with_problems``."""

_SIGNED_IN: Final = {
    "401": _response("No token, or one that is not accepted"),
    "403": _response("The token does not allow this"),
    "404": _response("There is no such thing, or not in the tenant of the token"),
}
_CHANGING: Final = {"409": _response("It contradicts what is stored: the detail says what to do")}
_WITH_BODY: Final = {"413": _response("The body is too large")}
_IF_MATCH: Final = {"412": _response("Somebody changed it meanwhile: fetch it again")}


def problem(description: str) -> dict[str, Any]:
    """For the ``responses`` of a route that answers a status no other has."""
    return _response(description)


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Add to each operation the problems that follow from what it takes, and their schema.

    Nothing else may be answered: no operation has a `default`, so that a test can tell.
    """
    for methods in document["paths"].values():
        for method, operation in methods.items():
            for status, answer in _following(method, operation).items():
                operation["responses"].setdefault(status, answer)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", _PROBLEM_SCHEMA)
    return document


def _following(method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    taken = operation.get("parameters", [])
    signed_in = "security" in operation
    return {
        **(_SIGNED_IN if signed_in else {}),
        **({"404": _SIGNED_IN["404"]} if any(each["in"] == "path" for each in taken) else {}),
        **({} if method == "get" else _CHANGING),
        **(_WITH_BODY if "requestBody" in operation else {}),
        **(_IF_MATCH if any(each["name"] == "if-match" for each in taken) else {}),
    }
