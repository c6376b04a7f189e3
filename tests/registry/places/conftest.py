"""The five places: units and services as the demo has them, configurations as shipped."""

from collections.abc import Awaitable, Callable

import pytest

from tests.registry.conftest import Found
from tests.registry.places.place import Place, built

Build = Callable[[str], Awaitable[Place]]


@pytest.fixture
def build(found: Found) -> Build:
    """`await build("bandung")` makes a tenant with the units and services of the demo's."""

    async def new_place(slug: str) -> Place:
        return await built(await found(), slug)

    return new_place
