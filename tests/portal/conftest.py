"""One installation for all tests of the pages; each test has an office of its own."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.databases import Templates
from tests.support.installation import Installation, Office, installation


@dataclass(frozen=True)
class Site:
    """The portal as a browser without scripts sees it, and the installation behind it."""

    running: Installation
    url: str

    def visitor(self, **options: Any) -> httpx.AsyncClient:
        """Somebody with a cookie jar; redirects are not followed."""
        return httpx.AsyncClient(base_url=self.url, timeout=20, trust_env=False, **options)

    async def counter(self, office: Office) -> dict[str, Any]:
        """A counter of the office; all names are known to feedback by now."""
        body = {"unit_id": str(office.unit), "service_id": str(office.service)}
        made: dict[str, Any] = await office.administrator.post("feedback", "/v1/counters", body)
        return made


@pytest_asyncio.fixture(scope="session")
async def site(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    async with installation(templates, tmp_path_factory.mktemp("portal")) as running:
        yield Site(running, running.environment["TERA_PORTAL_HTTP"])


def fields(html: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


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
