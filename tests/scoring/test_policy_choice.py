"""Nearest wins, as of the period's first day."""

from datetime import date
from uuid import UUID

import pytest

from services.scoring.registry_replica.rules import DEFAULT, Policy, choose_policy, path_upward
from services.scoring.scorecards.rules import Period, Tally, score

CITY, DISTRICT, COUNTER = (UUID(int=n) for n in (1, 2, 3))
PARENTS = {CITY: None, DISTRICT: CITY, COUNTER: DISTRICT}
NOVEMBER = date(2026, 11, 1)


def policy(number: int, unit: UUID | None, since: date = date(2026, 1, 1)) -> Policy:
    return Policy(id=UUID(int=number), version=1, unit_id=unit, valid_from=since)


def chosen(*policies: Policy, unit: UUID = COUNTER, on: date = NOVEMBER) -> Policy:
    return choose_policy(path_upward(unit, PARENTS), policies, on=on)


def test_the_nearest_unit_wins_then_the_tenant_then_the_default() -> None:
    tenant, city, district = policy(10, None), policy(11, CITY), policy(12, DISTRICT)
    assert chosen(tenant, city, district) == district
    assert chosen(tenant, city) == city
    assert chosen(tenant) == tenant
    assert chosen(city, unit=UUID(int=99)) == DEFAULT


def test_the_latest_not_after_the_first_day_holds() -> None:
    old, now = policy(10, CITY), policy(9, CITY, NOVEMBER)
    later = policy(8, CITY, date(2026, 11, 2))
    assert chosen(later, now, old) == now
    assert chosen(later, now, old, on=date(2026, 10, 1)) == old
    assert chosen(later, on=NOVEMBER) == DEFAULT


def test_two_of_the_same_day_are_settled_by_id_not_by_order() -> None:
    one, other = policy(10, CITY), policy(11, CITY)
    assert chosen(one, other) == chosen(other, one) == other


def test_a_circle_of_units_ends() -> None:
    circle = {CITY: DISTRICT, DISTRICT: CITY}
    assert path_upward(CITY, circle) == [CITY, DISTRICT]


def test_an_element_that_is_not_asked_makes_nobody_incomplete() -> None:
    free = UUID(int=50)
    without_fee = Policy(id=UUID(int=1), switched_off=frozenset({("biaya", free)}))
    all_but_fee = 0b111111111 ^ 1 << 3
    counts = {"waktu": (0, 0, 0, 5)}
    tallies = [Tally(NOVEMBER, free, all_but_fee, 5, counts)]
    assert score(tallies, without_fee).incomplete == 0
    assert score(tallies, DEFAULT).incomplete == 5
    paid = Tally(NOVEMBER, UUID(int=51), 0b111111111, 1, {"biaya": (1, 0, 0, 0)})
    both = score([*tallies, paid], without_fee)
    assert (both.answers, both.incomplete, both.counts["biaya"].n) == (6, 0, 1)


@pytest.mark.parametrize("name", ["2026-11", "2026-Q4", "1999-Q1", "2026-01"])
def test_periods_are_read_as_they_are_written(name: str) -> None:
    assert Period.parse(name).name == name


def test_quarters_hold_three_months() -> None:
    quarter = Period.parse("2026-Q4")
    assert (quarter.starts, quarter.ends) == (date(2026, 10, 1), date(2027, 1, 1))


@pytest.mark.parametrize("name", ["2026", "2026-13", "2026-Q5", "2026-1", "2026-11\n", "٢٠٢٦-11"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="2026-11"):
        Period.parse(name)
