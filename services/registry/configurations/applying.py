"""Makes everything as a configuration says; what is so already stays."""

from uuid import UUID
from zoneinfo import ZoneInfo

from services.registry.access import no_tenant
from services.registry.configurations.documents import Configuration
from services.registry.configurations.learning import put_competences, put_programmes
from services.registry.configurations.measures import put_goals, put_indicators
from services.registry.configurations.names import Names, at, find_names
from services.registry.configurations.times import put_calendars, put_periods
from services.registry.locks import lock_all
from services.registry.offerings import store as offerings
from services.registry.outcomes import EntityOutcome
from services.registry.policies.putting import put as put_policies
from services.registry.policies.store import Policy
from services.registry.satisfaction.putting import put as put_satisfaction
from services.registry.satisfaction.rules import Policy as SatisfactionPolicy
from services.registry.satisfaction.rules import Switch, services_without_element
from services.registry.tenants import store as tenants
from shared.db import Connection, uuid7
from shared.http.problems import invalid_request
from shared.http.words import FieldProblem


async def apply(
    connection: Connection, tenant_id: UUID, configuration: Configuration
) -> list[EntityOutcome]:
    """One entry for each thing the document names, stored in the caller's transaction. Raises the
    Problem that says what is wrong."""
    await lock_all(connection, tenant_id, "policies")
    tenant = await tenants.find(connection, tenant_id)
    if tenant is None:
        raise no_tenant()
    names = await find_names(connection, tenant_id, configuration)
    return [
        *await _policies(connection, tenant_id, configuration, names),
        *await _satisfaction(connection, tenant_id, configuration, names),
        *await put_goals(connection, tenant_id, configuration.goals),
        *await put_indicators(connection, tenant_id, configuration.indicators, names),
        *await put_periods(connection, tenant_id, configuration.periods, ZoneInfo(tenant.zone)),
        *await put_calendars(connection, tenant_id, configuration.calendars, names),
        *await put_competences(connection, tenant_id, configuration.competences),
        *await put_programmes(connection, tenant_id, configuration.programmes),
    ]


async def _policies(
    connection: Connection, tenant_id: UUID, configuration: Configuration, names: Names
) -> list[EntityOutcome]:
    wanted = [
        Policy(uuid7(), part.valid_from, part.document, names.unit(part.unit))
        for part in configuration.policies
    ]
    stored, contradictions = await put_policies(connection, tenant_id, wanted)
    if contradictions:
        raise invalid_request(
            [
                FieldProblem(f"policies.{each.kind}.{each.field}", each.problem)
                for each in contradictions
            ]
        )
    return [
        EntityOutcome("policy", at(policy.kind, part.unit), policy.id, outcome)
        for part, (policy, outcome) in zip(configuration.policies, stored, strict=True)
    ]


async def _satisfaction(
    connection: Connection, tenant_id: UUID, configuration: Configuration, names: Names
) -> list[EntityOutcome]:
    await offerings.hold(connection, tenant_id, set(names.services.values()))
    wanted = []
    for place, part in enumerate(configuration.satisfaction):
        switches = tuple(
            Switch(switch.element, names.service(switch.service)) for switch in part.switched_off
        )
        if services_without_element(switches):
            raise invalid_request(
                [
                    FieldProblem(
                        f"satisfaction[{place}].switched_off",
                        "leaves no element to ask: keep at least one of the nine on",
                    )
                ]
            )
        wanted.append(
            SatisfactionPolicy(
                uuid7(),
                part.valid_from,
                names.unit(part.unit),
                part.weight_decimals,
                switches,
                part.minimum_sample,
                part.shrinkage,
            )
        )
    stored = await put_satisfaction(connection, tenant_id, wanted)
    return [
        EntityOutcome("satisfaction_policy", at("satisfaction", part.unit), policy.id, outcome)
        for part, (policy, outcome) in zip(configuration.satisfaction, stored, strict=True)
    ]
