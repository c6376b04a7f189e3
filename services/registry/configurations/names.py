"""Units and services that a configuration names, found in the tenant."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.registry.configurations.documents import Configuration
from services.registry.configurations.rules import given_twice
from services.registry.offerings import store as offerings
from services.registry.policies.checks import faults_of
from services.registry.units import store as units
from shared.db import Connection
from shared.http.problems import invalid_request
from shared.http.words import MOST_ERRORS, FieldProblem


@dataclass(frozen=True, slots=True)
class Names:
    """Ids by the words of the document."""

    units: Mapping[str, UUID]
    services: Mapping[str, UUID]

    def unit(self, code: str | None) -> UUID | None:
        return self.units[code] if code else None

    def service(self, name: str | None) -> UUID | None:
        return self.services[name] if name else None


async def find_names(
    connection: Connection, tenant_id: UUID, configuration: Configuration
) -> Names:
    """Ids of everything named. Raises the Problem that lists what is unknown, said twice, or wrong
    in one policy."""
    used = list(_used(configuration))
    codes = {word for kind, _, word in used if kind == "unit"}
    known = {
        "unit": await units.ids_of(connection, tenant_id, codes),
        "service": await offerings.ids_of(
            connection, tenant_id, {word for kind, _, word in used if kind == "service"}
        ),
    }
    problems = [
        FieldProblem(field, _UNKNOWN[kind].format(word))
        for kind, field, word in used
        if word not in known[kind]
    ]
    problems += [*_repeated(configuration), *_faults(configuration)]
    if problems:
        raise invalid_request(problems[:MOST_ERRORS])
    return Names(known["unit"], known["service"])


def at(name: str, unit: str | None) -> str:
    """What an entry is called in the answer."""
    return f"{name} ({unit})" if unit else name


_UNKNOWN: Mapping[str, str] = {
    "unit": "names {}, which is not the code of a unit here: see /v1/units",
    "service": "names {}, which is not a service here: see /v1/services",
}


def _used(configuration: Configuration) -> Iterator[tuple[str, str, str]]:
    """Kind, field and word of each name."""
    for part in ("policies", "satisfaction", "indicators", "calendars"):
        for place, entry in enumerate(getattr(configuration, part)):
            if entry.unit:
                yield "unit", f"{part}[{place}].unit", entry.unit
    for place, indicator in enumerate(configuration.indicators):
        if indicator.service:
            yield "service", f"indicators[{place}].service", indicator.service
    for place, survey in enumerate(configuration.satisfaction):
        for number, switch in enumerate(survey.switched_off):
            if switch.service:
                field = f"satisfaction[{place}].switched_off[{number}].service"
                yield "service", field, switch.service


def _repeated(configuration: Configuration) -> Iterator[FieldProblem]:
    keys: dict[str, list[Hashable]] = {
        "policies": [
            (p.unit, p.valid_from, p.document.policy_kind) for p in configuration.policies
        ],
        "satisfaction": [(s.unit, s.valid_from) for s in configuration.satisfaction],
        "indicators": [(i.unit, i.valid_from, i.name) for i in configuration.indicators],
        "goals": [goal.name for goal in configuration.goals],
        "calendars": [(c.unit, c.valid_from) for c in configuration.calendars],
        "competences": [competence.code for competence in configuration.competences],
        "programmes": [(p.name, p.starts_on) for p in configuration.programmes],
    }
    for part, given in keys.items():
        for place in given_twice(given):
            yield FieldProblem(f"{part}[{place}]", "stands in this document twice: keep one")


def _faults(configuration: Configuration) -> Iterator[FieldProblem]:
    for place, policy in enumerate(configuration.policies):
        for fault in faults_of(policy.document):
            field = f"policies[{place}].document.{fault.field}".rstrip(".")
            yield FieldProblem(field, fault.problem)
