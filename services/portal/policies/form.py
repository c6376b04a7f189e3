"""Between the form of a policy and its document; an empty field says nothing.

A form is held as it was typed. Weights have a field for each group: ``staff-peer``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.portal.languages.catalogue import Language, text
from services.portal.languages.formats import quantity, read_quantity
from services.portal.policies.fields import FIELDS, GROUPS, Field

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Read:
    """The document a form says, and by the name of a field what is wrong with it."""

    document: dict[str, Any]
    wrong: dict[str, str]


def typed_from(kind: str, document: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The form that shows a stored document."""
    typed: dict[str, str] = {}
    for name, field in FIELDS[kind].items():
        value = document.get(name)
        if field.form == "weights":
            given = {each["group"]: str(each["percent"]) for each in value or ()}
            typed |= {f"{name}-{group}": given.get(group, "") for group in GROUPS}
        else:
            typed[name] = "" if value is None else _typed(field, value, language)
    return typed


def typed_in(kind: str, form: Mapping[str, Any]) -> dict[str, str]:
    """The form that was sent."""
    names: list[str] = []
    for name, field in FIELDS[kind].items():
        weights = field.form == "weights"
        names += [f"{name}-{group}" for group in GROUPS] if weights else [name]
    return {name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in names}


def read(kind: str, typed: Mapping[str, str], language: Language) -> Read:
    """What a form says. What is wrong is said in the language."""
    document: dict[str, Any] = {"policy_kind": kind}
    wrong: dict[str, str] = {}
    for name, field in FIELDS[kind].items():
        try:
            value = (
                _weights(name, typed, language)
                if field.form == "weights"
                else _value(field, typed[name], language)
            )
        except ValueError as problem:
            wrong[name] = str(problem)
        else:
            if value is not None:
                document[name] = value
    if not wrong and len(document) == 1:
        wrong[""] = text(language, "policies.wrong.nothing")
    return Read(document, wrong)


def _typed(field: Field, value: Any, language: Language) -> str:
    match field.form:
        case "yes":
            return "yes" if value else "no"
        case "themes":
            return "\n".join(value)
        case "choice" | "value":
            return str(value)
        case "share":
            return quantity(language, Decimal(value) * _WHOLE)
        case _:
            return quantity(language, str(value))


def _value(field: Field, words: str, language: Language) -> Any:  # noqa: PLR0911 - one per form
    if not words:
        return None
    match field.form:
        case "yes":
            return words == "yes"
        case "themes":
            return [line.strip() for line in words.splitlines() if line.strip()]
        case "choice" | "value":
            return words
        case "mark":
            mark = _number(words, language)
            if mark is None or not 1 <= mark <= 3:
                raise ValueError(text(language, "policies.wrong.mark"))
            return str(mark)
        case "share":
            share = _number(words, language)
            if share is None or not 0 <= share <= _WHOLE:
                raise _no_number(field, language)
            return str(share / _WHOLE)
        case _:
            return _whole(words, field, language)


def _whole(words: str, field: Field, language: Language) -> int:
    given = _number(words, language)
    if given is None or given % 1 or not field.least <= given <= field.most:
        raise _no_number(field, language)
    return int(given)


def _weights(name: str, typed: Mapping[str, str], language: Language) -> list[Any] | None:
    whole = Field("percent", "ours", least=0, most=_WHOLE)
    given = {group: words for group in GROUPS if (words := typed[f"{name}-{group}"])}
    weights = {group: _whole(words, whole, language) for group, words in given.items()}
    if not weights:
        return None
    if (total := sum(weights.values())) != _WHOLE:
        raise ValueError(text(language, "policies.wrong.weights", n=total))
    return [{"group": group, "percent": percent} for group, percent in weights.items()]


def _number(words: str, language: Language) -> Decimal | None:
    try:
        return read_quantity(language, words)
    except ValueError:
        return None


def _no_number(field: Field, language: Language) -> ValueError:
    words = text(
        language,
        "policies.wrong.number",
        least=field.least,
        most=quantity(language, str(field.most)),
    )
    return ValueError(words)
