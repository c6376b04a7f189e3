"""Whatever is sent to any route, with a token of any role: a documented answer, never a failure."""

import asyncio
import os
import traceback
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.http.auth import Role
from tests.registry.conftest import Found
from tests.registry.test_isolation import Victim, victim

EXAMPLES = int(os.environ.get("TERA_EXAMPLES", "8"))
"""Requests for each route."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.fuzz
@pytest.mark.timeout(900)
async def test_every_route_answers_as_documented(registry: FastAPI, found: Found) -> None:
    known = await victim(found)
    schema = schemathesis.openapi.from_dict(registry.openapi())
    schema.config.update(base_url=registry.state.test_url)
    operations = [result.ok() for result in schema.get_all_operations()]
    # What deletes comes last: the others need something that is there.
    operations.sort(key=lambda operation: operation.method == "delete")
    failures = {}
    with requests.Session() as session:
        for operation in operations:
            try:
                await asyncio.to_thread(_try, operation, known, session)
            except (Exception, BaseExceptionGroup) as failure:
                failures[operation.label] = failure
    for label, failure in failures.items():
        print(f"\n== {label}", *traceback.format_exception_only(failure), sep="\n")
    assert list(failures) == []
    assert len(operations) > 20


def _try(operation: Any, known: Victim, session: requests.Session) -> None:
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, role=st.sampled_from(ROLES), hits=st.sampled_from([True, True, True, False]))
    def send(case: Any, role: Role, hits: bool) -> None:
        if hits:
            case.path_parameters = {**case.path_parameters, **_known(case.path_parameters, known)}
            case.body = _aimed(case.body, known)
        answer = case.call(session=session, headers=_headers(known, role), timeout=20)
        case.validate_response(answer, checks=CHECKS)

    send()


ROLES = (
    # Those who may do most are asked as often as all others together.
    *[Role.personnel_officer, Role.tenant_administrator] * 4,
    *Role,
)


def _headers(known: Victim, role: Role) -> dict[str, str]:
    tenant = None if role in {Role.operator, Role.contact_reader} else known.town.id
    person = known.ids["person_id"]
    token = known.town.mint(tenant=tenant, roles=[role], person=person)
    return {"authorization": f"Bearer {token}"}


def _known(names: Mapping[str, Any], known: Victim) -> dict[str, str]:
    return {name: str(known.ids[name]) for name in names if name in known.ids}


def _aimed(body: Any, known: Victim) -> Any:
    """The body with ids of things that are there."""
    if isinstance(body, dict):
        return {name: _aimed_value(name, value, known) for name, value in body.items()}
    if isinstance(body, list):
        return [_aimed(each, known) for each in body]
    return body


def _aimed_value(name: Any, value: Any, known: Victim) -> Any:
    there = known.ids.get(name)
    if isinstance(there, UUID) and isinstance(value, str):
        return str(there)
    return _aimed(value, known)
