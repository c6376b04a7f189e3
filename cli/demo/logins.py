"""Who can sign in at the local issuer without a password: some people of each place."""

from cli.demo.places import Place
from cli.demo.registration import Registered
from cli.demo.table import Outcome
from devstack.logins import ReadyLogin


def ready_logins(outcome: Outcome) -> list[ReadyLogin]:
    """By place and unit; last the operator, who belongs to no place."""
    logins = [
        login
        for place in outcome.places
        for login in _of_place(place, outcome.registered[place.slug])
    ]
    return [*logins, ReadyLogin("Operator", tenant="", roles=("operator",), place="Tera")]


def _of_place(place: Place, registered: Registered) -> list[ReadyLogin]:
    names = {person.external_id: person.name for person in place.people}
    units = {each.person: each.unit for each in reversed(place.assignments) if not each.until}
    return [
        ReadyLogin(
            name=names[each.person],
            tenant=registered.tenant,
            person=registered.people[each.person],
            roles=("employee", each.role) if each.role else ("employee",),
            place=f"{place.name}, {place.unit(units[each.person]).name}",
        )
        for each in place.logins
    ]
