"""Every kind that can be imported and exported. The docstring of `services.registry.imports` says
how to add one."""

from typing import Final

from services.registry.imports.kind import AnyKind
from services.registry.imports.kinds.offerings import SERVICES
from services.registry.imports.kinds.people import PEOPLE
from services.registry.imports.kinds.units import UNITS

KINDS: Final[dict[str, AnyKind]] = {kind.name: kind for kind in (UNITS, PEOPLE, SERVICES)}
