"""Every kind that can be imported and exported. The docstring of `services.registry.imports` says
how to add one."""

from typing import Final

from services.registry.imports.kind import AnyKind
from services.registry.imports.kinds.competences import COMPETENCES
from services.registry.imports.kinds.enrolments import ENROLMENTS
from services.registry.imports.kinds.goals import GOALS
from services.registry.imports.kinds.holidays import HOLIDAYS
from services.registry.imports.kinds.indicators import INDICATORS
from services.registry.imports.kinds.leaves import LEAVES
from services.registry.imports.kinds.lines import REPORTING_LINES
from services.registry.imports.kinds.offerings import SERVICES
from services.registry.imports.kinds.people import PEOPLE
from services.registry.imports.kinds.periods import PERIODS
from services.registry.imports.kinds.plans import PLANS
from services.registry.imports.kinds.policies import POLICIES
from services.registry.imports.kinds.posts import POSTS
from services.registry.imports.kinds.programmes import PROGRAMMES
from services.registry.imports.kinds.units import UNITS

_KINDS: Final[tuple[AnyKind, ...]] = (
    UNITS,
    PEOPLE,
    SERVICES,
    POSTS,
    REPORTING_LINES,
    LEAVES,
    HOLIDAYS,
    PERIODS,
    GOALS,
    INDICATORS,
    PLANS,
    COMPETENCES,
    PROGRAMMES,
    ENROLMENTS,
    POLICIES,
)
KINDS: Final = {kind.name: kind for kind in _KINDS}
