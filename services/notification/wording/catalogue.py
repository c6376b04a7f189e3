"""From a notice's ids and numbers to words in the reader's language.

``parameters`` of the occasions, as JSON; indexes are strings with two decimals, days ISO dates:

* grade_changed: ``period``, ``previous_grade``, ``grade``, ``index``, ``answers``
* critical_answer: ``service_id``, ``day``, ``elements`` (names of those with the mark 1)
* period_digest: ``month``, ``units`` (own unit first: ``unit_id``, ``answers``, ``index`` or null,
  ``grade`` or null, ``change`` from the month before or null), ``more`` (units left out)
* critical_digest: ``day``, ``units`` (``unit_id``, ``answers``)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.notification.registry_replica import store as registry_replica
from services.notification.wording import english, indonesian
from services.notification.wording.rules import Language, Message, Occasion
from shared.db import Connection

_WORDS: Final = {Language.INDONESIAN: indonesian.WORDS, Language.ENGLISH: english.WORDS}


async def with_names(
    connection: Connection, notices: Sequence[tuple[UUID, UUID, Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """The parameters of each (tenant, unit, parameters) as ``render`` wants them: with ``unit_id``
    and ``unit``, ``service``, and ``unit`` in each of ``units``: names of now, None where there is
    none."""
    units = {(tenant, unit) for tenant, unit, _ in notices} | {
        (tenant, UUID(line["unit_id"]))
        for tenant, _, parameters in notices
        for line in parameters.get("units", ())
    }
    services = {
        (tenant, UUID(parameters["service_id"]))
        for tenant, _, parameters in notices
        if "service_id" in parameters
    }
    names = await registry_replica.names(connection, units, services) if notices else {}
    named = []
    for tenant, unit, parameters in notices:
        said = dict(parameters) | {"unit_id": str(unit), "unit": names.get((tenant, unit))}
        if "service_id" in said:
            said["service"] = names.get((tenant, UUID(said["service_id"])))
        if "units" in said:
            said["units"] = [
                line | {"unit": names.get((tenant, UUID(line["unit_id"])))}
                for line in said["units"]
            ]
        named.append(said)
    return named


def render(occasion: str, parameters: Mapping[str, Any], language: str) -> Message:
    """The message, of parameters that have their names. Raises ``ValueError`` for an occasion or a
    language that is none."""
    subject, short, paragraphs = _WORDS[Language(language)][Occasion(occasion)](parameters)
    return Message(subject, short, paragraphs, _link(Occasion(occasion), parameters))


def _link(occasion: Occasion, parameters: Mapping[str, Any]) -> str:
    if occasion is Occasion.CRITICAL_DIGEST:
        return "/inbox"
    period = parameters.get("period") or parameters.get("month") or parameters["day"][:7]
    return f"/units/{parameters['unit_id']}?period={period}"
