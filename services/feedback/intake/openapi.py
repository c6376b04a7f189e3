"""How the citizen's route stands in the OpenAPI document: FastAPI does not see it."""

from typing import Any

from pydantic import BaseModel

from services.feedback.idempotency.rules import LONGEST_KEY
from services.feedback.intake.documents import AnswerBody, AnswerReceipt


def post_answer_operation() -> dict[str, Any]:
    """The operation of the citizen's route, self-contained."""
    receipt = {"application/json": {"schema": _inlined(AnswerReceipt)}}
    return {
        "tags": ["answers"],
        "summary": "Answer about a visit or at a counter",
        "description": "Safe to repeat with the same token or Idempotency-Key. A walk-in answer "
        "without a key may count twice when it is sent again.",
        "operationId": "post_answer",
        "parameters": [
            {
                "name": "tenant",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Makes a walk-in answer safe to repeat for 72 hours.",
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _inlined(AnswerBody)}},
        },
        "responses": {
            "201": {"description": "Stored", "content": receipt},
            "200": {"description": "Was stored by an earlier try", "content": receipt},
        },
    }


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema without references, which would lead nowhere in another document."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            node = parts[node["$ref"].rpartition("/")[2]] | {
                key: value for key, value in node.items() if key != "$ref"
            }
        return {key: resolved(value) for key, value in node.items()}

    inlined: dict[str, Any] = resolved(schema)
    return inlined
