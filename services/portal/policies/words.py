"""Values of policies in the words of a language."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.portal.languages.catalogue import Language, text
from services.portal.languages.formats import number, quantity
from services.portal.policies.fields import FIELDS


def value_words(  # noqa: PLR0911 - one line per form
    language: Language, kind: str, field: str, value: Any
) -> str:
    """What a value of a document means: ``5`` of a clock is `5 hari kerja`."""
    form = FIELDS[kind][field].form
    match form:
        case "choice":
            return text(language, f"policies.option.{value}")
        case "yes":
            return text(language, f"policies.option.{'yes' if value else 'no'}")
        case "value":
            return text(language, f"plans.value.{value}")
        case "themes":
            return ", ".join(value) or text(language, "policies.amount.no_themes")
        case "weights":
            return _weights(language, value)
        case "share":
            words = quantity(language, Decimal(value) * 100)
            return text(language, "policies.amount.percent", n=words)
        case "mark":
            return text(language, "policies.amount.mark", n=number(language, value, 2))
        case _:
            return text(language, f"policies.amount.{form}", n=quantity(language, str(value)))


def survey_words(language: Language, field: str, value: Any, services: Mapping[str, str]) -> str:
    """The same for the policy of the survey; ``services`` are their names by id."""
    if field == "weight_decimals":
        if value is None:
            return text(language, "policies.exact")
        return text(language, "policies.decimals", n=value)
    if field != "switched_off":
        return number(language, value)
    return ", ".join(_switch(language, each, services) for each in value) or text(
        language, "policies.nothing_off"
    )


def _switch(language: Language, switch: Mapping[str, Any], services: Mapping[str, str]) -> str:
    element = text(language, f"results.element.{switch['element']}")
    if switch["service_id"] is None:
        return element
    service = services.get(switch["service_id"], "–")
    return text(language, "policies.for_service", element=element, service=service)


def _weights(language: Language, weights: Sequence[Any]) -> str:
    def group(weight: Any) -> str:
        return text(language, f"policies.group.{weight['group']}")

    heavy = sorted((each for each in weights if each["percent"]), key=lambda e: -e["percent"])
    parts = [
        text(language, "policies.amount.weight", group=group(each), n=each["percent"])
        for each in heavy
    ]
    words = ", ".join(parts)
    if light := [group(each) for each in weights if not each["percent"]]:
        words += "; " + text(language, "policies.amount.no_weight", groups=", ".join(light))
    return words
