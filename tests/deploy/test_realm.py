"""The realm that docker-compose.yml imports: our roles, our claims, no secret."""

import json
import re

from shared.http.auth import Claims, Role
from tests.support import compose
from tests.support.compose import ROOT
from tests.support.keycloak import REALM

_REALM = json.loads(REALM.read_text())


def test_the_realm_has_the_roles_of_our_apis() -> None:
    assert {role["name"] for role in _REALM["roles"]["realm"]} == set(Role)


def test_what_the_file_leaves_open_compose_fills_in() -> None:
    left_open = set(re.findall(r"\$\{(TERA_\w+)\}", REALM.read_text()))
    given = compose.load(None)["services"]["keycloak"]["environment"]
    assert left_open == {name for name in given if name.startswith("TERA_")}


def test_it_holds_no_secret_and_no_person() -> None:
    for client in _REALM["clients"]:
        assert re.fullmatch(r"\$\{TERA_\w+_CLIENT_SECRET\}", client["secret"])
        assert not client["publicClient"]
        assert not client["directAccessGrantsEnabled"]
    assert all("serviceAccountClientId" in user for user in _REALM["users"])
    assert "credentials" not in json.dumps(_REALM)


def test_tokens_carry_the_claims_that_are_read() -> None:
    claims = Claims()
    for client in _REALM["clients"]:
        mapped = {mapper["config"].get("claim.name") for mapper in client["protocolMappers"]}
        needed = {claims.roles}
        if client["standardFlowEnabled"]:
            needed |= {claims.tenant, claims.person}
        assert needed <= mapped


def test_nobody_edits_the_tenant_of_the_own_login() -> None:
    [provider] = _REALM["components"].values()
    profile = json.loads(provider[0]["config"]["kc.user.profile.config"][0])
    for attribute in profile["attributes"]:
        if attribute["name"] in {"tenant", "person"}:
            assert attribute["permissions"]["edit"] == ["admin"]


def test_the_tested_version_is_the_one_that_runs() -> None:
    image = compose.load(None)["services"]["keycloak"]["image"]
    version = image.rpartition(":")[2]
    assert f"<version>{version}</version>" in (ROOT / "deploy/keycloak/pom.xml").read_text()
