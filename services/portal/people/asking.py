"""What the pages of people ask the registry for."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.portal.people.rules import Span, drawing, holding
from services.portal.results.asking import today
from services.portal.view import View
from shared.http.problems import Problem

LEAVES: Final = (
    "annual", "sick", "maternity", "important", "big", "study", "unpaid", "pre_retirement",
    "suspended",
)  # fmt: skip
DUTIES: Final = ("head", "survey_officer", "complaint_officer", "personnel_officer")
KINDS: Final = {
    "definitive": {"kind": "definitive"},
    "plt": {"kind": "acting", "acting_as": "plt"},
    "plh": {"kind": "acting", "acting_as": "plh"},
    "double": {"kind": "double"},
}


class NotOne(Exception):  # noqa: N818 - it reads as a sentence
    """What was typed names nobody (`nobody-found`), or several people (`several-found`)."""


async def record_of(view: View, person: UUID | str) -> dict[str, Any]:
    """What the page of a person shows, and what its forms offer."""
    tenant, found, told = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.get("registry", f"/v1/people/{person}"),
        view.get("registry", f"/v1/people/{person}/timeline"),
    )
    spans = spans_of(view, told)
    day = today(tenant)
    values = {
        "someone": found,
        "spans": spans,
        "now": holding(spans, day),
        "drawn": drawing(spans, day),
        "day": day,
        "today": day.isoformat(),
        "keeps": view.keeps,
        "said": "",
        "refused": "",
        "typed": {},
    }
    if not view.keeps:
        return values
    units, login = await asyncio.gather(
        view.everything("registry", "/v1/units"), _login(view, person)
    )
    return values | {
        "units": sorted(units, key=lambda unit: unit["name"].casefold()),
        "login": login,
        "leaves": [(name, view.t(f"people.leave.{name}")) for name in LEAVES],
        "duties": [(name, view.t(f"people.duty.{name}")) for name in DUTIES],
        "kinds": [(name, view.t(f"people.assignment.{name}")) for name in KINDS],
    }


async def one_person(view: View, words: str) -> Mapping[str, Any]:
    """The one person whom a NIP or a name means. Raise NotOne."""
    if not words:
        raise NotOne("nobody-found")
    people = (await view.get("registry", "/v1/people", q=words, limit=10))["items"]
    if len(people) > 1:
        people = [p for p in people if p["name"].casefold() == words.casefold()]
        if len(people) != 1:
            raise NotOne("several-found")
    if not people:
        raise NotOne("nobody-found")
    found: Mapping[str, Any] = people[0]
    return found


async def _login(view: View, person: UUID | str) -> str | None:
    try:
        linked = await view.get("registry", f"/v1/people/{person}/login")
    except Problem as problem:
        if problem.status != 404:
            raise
        return None
    subject: str = linked["subject"]
    return subject


def spans_of(view: View, told: Mapping[str, Any]) -> list[Span]:
    """Everything of a person's timeline in words, the newest first."""
    spans = [
        Span(each["kind"], _post(view, each), *_days(each), f"/organisation/{each['unit_id']}")
        for each in told["assignments"]
    ]
    spans += [
        Span("leave", view.t(f"people.leave.{each['kind']}"), *_days(each))
        for each in told["leaves"]
    ]
    spans += [Span("line", _line(view, each), *_days(each)) for each in told["reporting_lines"]]
    return sorted(spans, key=lambda span: span.starts, reverse=True)


def _days(each: Mapping[str, Any]) -> tuple[date, date | None]:
    until = each["valid_until"]
    return date.fromisoformat(each["valid_from"]), date.fromisoformat(until) if until else None


def _post(view: View, each: Mapping[str, Any]) -> str:
    short = each["acting_as"]
    acting = [view.t(f"people.short.{short}")] if short else []
    place = " ".join([*acting, ", ".join(filter(None, (each["post_title"], each["unit_name"])))])
    duties = ", ".join(view.t(f"people.duty.{duty}") for duty in each["duties"])
    return f"{place} ({duties})" if duties else place


def _line(view: View, each: Mapping[str, Any]) -> str:
    if not each["reviewer_name"]:
        name: str = each["assessor_name"]
        return name
    return view.t(
        "people.line.reviewed_by", assessor=each["assessor_name"], reviewer=each["reviewer_name"]
    )
