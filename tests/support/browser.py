"""A real browser for tests of pages: Debian's chromium, driven by playwright.

Where TERA_SCREENSHOTS names a folder, each page that `seen` looks at is kept there as a picture.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PHONE: Final = {"width": 360, "height": 740}
DESK: Final = {"width": 1100, "height": 800}


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; the test is skipped where it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        await running.close()


@asynccontextmanager
async def opened(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    """A page in a window of its own, without cookies: a phone in Indonesian unless told."""
    context = await browser.new_context(**({"viewport": PHONE, "locale": "id-ID"} | options))
    context.set_default_timeout(15_000)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def seen(page: Page, name: str) -> None:
    """Hold what every page promises: axe finds nothing, and a phone need not scroll sideways."""
    viewport = page.viewport_size
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    for size in (DESK, PHONE):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        _, wide = await page.evaluate("[scrollX, document.documentElement.scrollWidth]")
        assert wide <= size["width"], f"{name} is {wide} pixels wide on {size['width']}"
        if folder := os.environ.get("TERA_SCREENSHOTS"):
            picture = f"{folder}/{name}-{size['width']}.png"
            await page.screenshot(path=picture, full_page=True)
    if viewport is not None:
        await page.set_viewport_size(viewport)
