"""One installation for all tests of the pages; each test has an office of its own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from devstack.issuer_server import Issuer
from devstack.logins import ReadyLogin, write_logins
from devstack.stack import Stack
from tests.support.databases import Templates
from tests.support.installation import Installation, Office, installation
from tests.support.waiting import eventually


@dataclass(frozen=True)
class Site:
    """The portal as a browser without scripts sees it, and the installation behind it."""

    running: Installation
    url: str
    issuer: Issuer

    def visitor(self, **options: Any) -> httpx.AsyncClient:
        """Somebody with a cookie jar; redirects are not followed."""
        return httpx.AsyncClient(base_url=self.url, timeout=20, trust_env=False, **options)

    def offer(self, office: Office, *roles: str, **changes: Any) -> ReadyLogin:
        """The only person who can sign in from now on: somebody of the office."""
        login = ReadyLogin(name="Siti Aminah", tenant=str(office.tenant), roles=roles)
        login = replace(login, **{"person": str(uuid4())} | changes)
        write_logins(self.issuer.logins_file, [login])
        return login

    @asynccontextmanager
    async def signed_in(
        self, office: Office, *roles: str, **changes: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A visitor who has signed in as somebody of the office."""
        self.offer(office, *roles, **changes)
        async with self.visitor() as person:
            back = await self.through_the_issuer(person, "/sign-in")
            assert back.status_code == 303, back.text
            yield person

    async def through_the_issuer(self, person: httpx.AsyncClient, path: str) -> httpx.Response:
        """Follow a path that leads to the issuer, be let in, and come back to the portal."""
        away = await person.get(path)
        assert away.headers["location"].startswith(self.issuer.url), away.text
        page = await person.get(away.headers["location"])
        assert "Siti Aminah" in page.text
        chosen = await person.post(
            f"{self.issuer.url}/authorize", data=fields(page.text) | {"login": "0"}
        )
        return await person.get(chosen.headers["location"])

    async def head(self, office: Office) -> str:
        """A person who leads the unit; notification knows it by now."""
        registry = office.administrator
        body = {"kind": "non_asn", "name": "Siti Aminah", "external_id": str(uuid4())}
        person: str = (await registry.post("registry", "/v1/people", body))["id"]
        body = {"unit_id": str(office.unit), "kind": "definitive", "valid_from": "2024-01-01"}
        path = f"/v1/people/{person}/assignments"
        await registry.post("registry", path, body | {"duties": ["head"]})

        async def known() -> bool:
            query = "select count(*) from assignments where person_id = $1"
            return bool(await self.running.value("notification", query, UUID(person)))

        await eventually(known, within=20)
        return person

    async def counter(self, office: Office) -> dict[str, Any]:
        """A counter of the office; all names are known to feedback by now."""
        body = {"unit_id": str(office.unit), "service_id": str(office.service)}
        made: dict[str, Any] = await office.administrator.post("feedback", "/v1/counters", body)
        return made


@pytest_asyncio.fixture(scope="session")
async def site(
    stack: Stack, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    if stack.issuer is None:
        pytest.skip("TERA_OIDC_ISSUER names another issuer, where nobody can sign in by a click")
    async with installation(templates, tmp_path_factory.mktemp("portal")) as running:
        yield Site(running, running.environment["TERA_PORTAL_HTTP"], stack.issuer)


def fields(html: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


def words(html: str) -> str:
    """The text of a page, its white space made one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


MARKS = {
    "persyaratan": "3",
    "prosedur": "4",
    "waktu": "2",
    "biaya": "4",
    "produk": "3",
    "kompetensi": "3",
    "perilaku": "4",
    "sarana": "1",
    "pengaduan": "3",
}
