"""The equation that must hold after every disturbance."""

from tests.support.installation import Installation
from tests.support.load import Load
from tests.support.waiting import eventually


def state_of(installation: Installation) -> str:
    """How each process fares, and the last it said."""
    system = installation.system
    lines = []
    for part in system.parts:
        child = system.child(part)
        lines.append(f"{part.name}: running {child.running}, ready {system.ready(part)}")
        lines.append(child.tail(8))
    return "\n".join(lines)


async def counted_exactly(installation: Installation, load: Load, *, within: float = 60.0) -> None:
    """Distinct accepted answers = rows of feedback = facts of scoring = sum of the tallies."""
    accepted = len(set(load.accepted.values()))
    assert accepted == len(load.accepted), "two keys got the same fact"
    tenants = list({desk.tenant for desk in load.desks})

    async def total(service: str, query: str) -> int:
        value: int = await installation.value(service, f"{query} = any ($1)", tenants)
        return value

    async def equal() -> bool:
        totals = {
            "answers": await total("feedback", "select count(*) from answers where tenant_id"),
            "outbox": await total("feedback", "select count(*) from outbox where tenant_id"),
            "facts": await total("scoring", "select count(*) from facts where tenant_id"),
            "tallies": await total(
                "scoring",
                "select coalesce(sum(answers), 0)::int from tallies"
                " where subject_kind = 'unit' and tenant_id",
            ),
        }
        expected = {"answers": accepted, "outbox": 0, "facts": accepted, "tallies": accepted}
        assert totals == expected, f"{totals}, not {expected}"
        return True

    try:
        await eventually(equal, within=within)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{state_of(installation)}") from None
    stored = await installation.value(
        "feedback", "select array_agg(fact_id) from answers where tenant_id = any ($1)", tenants
    )
    assert set(stored) == set(load.accepted.values())
    assert await installation.value("scoring", "select count(*) from dead_letters") == 0
