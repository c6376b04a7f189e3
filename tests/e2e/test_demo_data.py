"""What the demo fills in: real rows as they were published, and a month that repeats itself."""

from collections import Counter
from datetime import UTC, date, datetime
from random import Random

import pytest

from cli.demo import published
from cli.demo.answers import DAYS, month, now_at
from cli.demo.loading import for_review
from cli.demo.places import Place, simulated_places
from cli.demo.planning import assessors
from services.registry.people.rules import check_number
from shared.contracts import ELEMENTS, AssignmentKind, Duty, PersonKind
from shared.http.auth import Role

LAST_DAY = date(2026, 11, 22)
PLACES = {place.slug: place for place in simulated_places()}


def _totals(rows: tuple[published.Row, ...]) -> dict[str, int]:
    return {element: sum(row.scores[element] for row in rows) for element in ELEMENTS}


def test_sekadau_has_the_published_totals() -> None:
    rows = published.sekadau().rows
    assert len(rows) == 49
    assert list(_totals(rows).values()) == [138, 139, 150, 177, 159, 163, 161, 143, 159]


def test_gaspul_rows_add_up_to_the_published_totals() -> None:
    totals = {"persyaratan": 105, "prosedur": 101, "waktu": 100, "biaya": 116, "produk": 102}
    totals |= {"kompetensi": 105, "perilaku": 106, "sarana": 105, "pengaduan": 115}
    for survey in published.gaspul():
        assert len(survey.rows) == 29
        assert _totals(survey.rows) == totals
        assert {mark for row in survey.rows for mark in row.scores.values()} <= {1, 2, 3, 4}


def test_kediri_is_in_order_and_has_an_index_after_each_row() -> None:
    rows = published.kediri().rows
    assert len(rows) == 20
    moments = [row.moment for row in rows if row.moment]
    assert moments == sorted(moments)
    assert len(moments) == 20
    assert all(row.running for row in rows)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_an_organisation_fits_together(place: Place) -> None:
    codes = [unit.code for unit in place.units]
    people = {person.external_id: person for person in place.people}
    assert len(set(codes)) == len(codes)
    for number, unit in enumerate(place.units):
        assert not unit.parent or unit.parent in codes[:number], "a parent is registered first"
    for person in place.people:
        PersonKind(person.kind)
        check_number(person.kind, person.number or None)
        assert not person.email or person.email.endswith(".example")
    for assignment in place.assignments:
        AssignmentKind(assignment.kind)
        assert [Duty(duty) for duty in assignment.duties] == list(assignment.duties)
        assert assignment.person in people
        assert assignment.unit in codes
    for desk in place.desks:
        assert desk.unit in codes
        assert desk.service in [service.name for service in place.services]
        for officer in desk.officers:
            units = [a.unit for a in place.assignments if a.person == officer and not a.until]
            assert desk.unit in units, f"{officer} works at {desk.unit}"


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_messages_find_their_readers(place: Place) -> None:
    emails = {person.external_id: person.email for person in place.people}
    heads = {a.unit: a.person for a in place.assignments if "head" in a.duties and not a.until}
    for desk in place.desks:
        head = heads.get(desk.unit) or heads[place.unit(desk.unit).parent]
        assert emails[head], f"{head}, who leads {desk.unit}, can be written to"
    assert any("survey_officer" in a.duties for a in place.assignments)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_each_role_has_a_login(place: Place) -> None:
    people = {a.person for a in place.assignments if not a.until}
    assert people >= {login.person for login in place.logins}
    roles = {Role(login.role) for login in place.logins if login.role}
    assert roles == {Role.unit_officer, Role.survey_officer, Role.tenant_administrator}
    assert any(not login.role for login in place.logins)


def test_the_five_places_are_there() -> None:
    units = {unit.code: unit.name for place in PLACES.values() for unit in place.units}
    names = [place.name for place in PLACES.values()]
    assert {"Kota Tebing Tinggi", "Kota Salatiga"} <= set(names)
    assert units["18.03.02"] == "Kecamatan Kotabumi"
    assert units["32.73.24"] == "Kecamatan Arcamanik"
    assert units["32.73.05"] == "Kecamatan Andir"
    own_rules = {policy.unit for policy in PLACES["bandung"].policies}
    assert own_rules == {"", "32.73.24", "32.73.05"}


def test_one_assignment_is_acting_and_one_was_ended_by_a_transfer() -> None:
    assignments = [each for place in PLACES.values() for each in place.assignments]
    assert [each.person for each in assignments if each.kind == "acting"] == ["bdg-01"]
    assert [each.person for each in assignments if each.until] == ["tt-10"]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_month_is_the_same_each_time_and_can_be_true(place: Place) -> None:
    answers = month(place, LAST_DAY)
    assert answers == month(place, LAST_DAY)
    assert [answer.number for answer in answers] == list(range(len(answers)))
    assert Counter(answer.desk.unit for answer in answers) == Counter(
        {
            unit.code: wanted
            for unit in place.units
            if (wanted := sum(desk.answers for desk in place.desks if desk.unit == unit.code))
        }
    )
    for answer in answers:
        assert 0 <= (LAST_DAY - answer.day).days < DAYS
        assert answer.day.weekday() != 6
        assert answer.said["scores"]
        assert not place.switched_off(answer.desk) & answer.said["scores"].keys()
        if answer.visit:
            moments = list(answer.visit.times().values())
            assert moments == sorted(moments)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_answers_while_it_is_up_can_be_true(place: Place) -> None:
    now, dice = datetime(2026, 11, 23, 9, tzinfo=UTC), Random(1)
    for desk in place.desks:
        for annoyed in (False, True):
            answers = [
                now_at(place, desk, now, number=number, annoyed=annoyed, dice=dice)
                for number in range(30)
            ]
            tickets = [answer.visit.ticket for answer in answers if answer.visit]
            assert len(set(tickets)) == len(tickets)
            assert bool(tickets) == (desk.tickets > 0)
            ends = {answer.visit.finished_at for answer in answers if answer.visit}
            assert ends <= {now}
            marks = [mark for answer in answers for mark in answer.said["scores"].values()]
            assert (sum(marks) / len(marks) < 1.8) == annoyed


def test_a_later_month_is_another_one() -> None:
    place = PLACES["bandung"]
    assert month(place, LAST_DAY) != month(place, date(2026, 12, 22))


def test_some_answers_are_parked_and_about_as_many_restored() -> None:
    stay, come_back = for_review(month(PLACES["bandung"], LAST_DAY))
    assert len(stay) > 2
    assert abs(len(stay) - len(come_back)) <= 1


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.slug)
def test_only_who_heads_the_top_is_assessed_by_nobody(place: Place) -> None:
    lines = {person: assessor for person, (assessor, _) in assessors(place).items()}
    assert all(person != assessor for person, assessor in lines.items())
    current = {
        each.person
        for each in place.assignments
        if each.kind == AssignmentKind.DEFINITIVE and not each.until
    }
    heads = {a.person for a in place.assignments if Duty.HEAD in a.duties}
    assert current - lines.keys() <= heads


def test_a_plan_serves_results_of_who_assesses() -> None:
    lines = assessors(PLACES["bandung"])
    leaders, (plan,) = PLACES["bandung"].plans[:1], PLACES["bandung"].plans[1:]
    assert lines[plan.person][0] == leaders[0].person
    titles = {result["title"] for result in leaders[0].results}
    assert {result["serves"] for result in plan.results} <= titles
