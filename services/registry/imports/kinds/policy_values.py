"""Fields of policies as cells: each of the type that its contract gives it."""

import re
from decimal import Decimal
from enum import Enum
from typing import Any, Final, get_args

from pydantic import ValidationError

from services.registry.imports.amounts import Choice, amount_text, list_text, parts
from services.registry.imports.cells import plain
from services.registry.imports.rules import CellRefused
from shared.contracts import PolicyDocument
from shared.contracts.policy_levels import REGULATION_OF
from shared.http.words import explain

TOPIC: Final = Choice(
    {
        "rating": "predikat kinerja, predikat",
        "behaviour": "perilaku kerja, perilaku",
        "numeric": "nilai angka, angka",
        "complaints": "pengaduan",
        "evaluation": "evaluasi, evaluasi kinerja",
        "follow_up": "tindak lanjut",
    }
)
_GROUP: Final = Choice(
    {
        "superior": "atasan, pimpinan",
        "peer": "rekan, rekan kerja",
        "subordinate": "bawahan",
        "self": "diri sendiri, diri",
        "citizen": "masyarakat, warga",
    }
)
_TRUTH: Final = Choice({"true": "ya, yes, benar, aktif", "false": "tidak, no, salah, nonaktif"})
_WEIGHT: Final = re.compile(r"(?P<group>.+?)[\s:=]*(?P<percent>\d{1,3})\s*%?")


def field_of(kind: str, text: str) -> str:
    """The field of this kind of policy that a cell names. Raises `CellRefused`."""
    fields: list[str] = [name for name in _model(kind).model_fields if name != "policy_kind"]
    for name in fields:
        if plain(name) == plain(text):
            return name
    raise CellRefused(f"must be one of {', '.join(fields)}")


def parsed_value(kind: str, field: str, text: str) -> Any:
    """What a cell says of a field. Raises `CellRefused`."""
    model = _model(kind)
    annotation = model.model_fields[field].annotation
    raw: Any = text
    if field in {"officials", "staff"}:
        raw = [_weight(part) for part in parts(text)]
    elif field == "themes":
        raw = parts(text)
    elif bool in get_args(annotation):
        raw = _TRUTH.find(text) == "true"
    elif re.fullmatch(r"\d+,\d+", text):
        raw = text.replace(",", ".")
    try:
        return getattr(model.model_validate({"policy_kind": kind, field: raw}), field)
    except ValidationError as error:
        raise CellRefused(explain(error.errors())[0].problem) from None


def document_of(kind: str, fields: dict[str, Any]) -> PolicyDocument:
    """The document that says these values, which were parsed or stored."""
    document: PolicyDocument = _model(kind).model_construct(policy_kind=kind, **fields)
    return document


def value_text(value: Any) -> str:
    """A value as a cell."""
    if isinstance(value, bool):
        return _TRUTH.texts["true" if value else "false"]
    if isinstance(value, tuple):
        return list_text([_part_text(part) for part in value])
    if isinstance(value, Decimal):
        return amount_text(value)
    return str(value.value if isinstance(value, Enum) else value)


def _part_text(part: Any) -> str:
    return part if isinstance(part, str) else f"{_GROUP.texts[part.group]} {part.percent}"


def _weight(part: str) -> dict[str, object]:
    found = _WEIGHT.fullmatch(part)
    if found is None:
        raise CellRefused("must be groups with percents, such as atasan 50; rekan 30; bawahan 20")
    return {"group": _GROUP.find(found["group"]), "percent": int(found["percent"])}


def _model(kind: str) -> Any:
    return type(REGULATION_OF[kind].document)
