"""How problem answers appear in the OpenAPI document."""

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
    422: _response("Some fields are not valid: see errors"),
    503: _response("A dependency is away: retry after the seconds of Retry-After"),
    "default": _response("Any other problem"),
}


def with_problem_schema(document: dict[str, Any]) -> dict[str, Any]:
    """Add the schema that `PROBLEM_RESPONSES` refers to."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", _PROBLEM_SCHEMA)
    return document
