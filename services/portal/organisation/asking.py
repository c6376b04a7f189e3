"""What the pages of the organisation ask the registry for."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query

from services.portal.languages.formats import day as written_day
from services.portal.organisation.rules import Effects, effects_by_sort, forest
from services.portal.results.asking import today
from services.portal.view import View
from shared.http.problems import Problem


def _day(on: Annotated[date | Literal[""], Query()] = "") -> str | None:
    # A form sends what was not chosen as an empty text.
    return on.isoformat() if on else None


Day = Annotated[str | None, Depends(_day)]
"""The day a page is about; None is today."""


async def tree_of(view: View, day: str | None, words: str = "") -> dict[str, Any]:
    """What the page of the tree shows: the units of a day, with words those that these find."""
    tenant, units, heads = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.everything("registry", "/v1/units", on=day, q=words or None),
        _staff(view, day, duty="head"),
    )
    by_name = sorted(units, key=lambda unit: unit["name"].casefold())
    return {
        "tenant": tenant,
        "on": day or "",
        "words": words,
        "units": by_name,
        "branches": [] if words else forest(units),
        "heads": {seat["unit_id"]: seat for seat in heads},
        "keeps": view.keeps,
    }


async def office_of(view: View, unit: UUID, day: str | None) -> dict[str, Any]:
    """What the page of a unit shows."""
    found, absent = await _unit(view, unit, day)
    tenant, units, services, counters, staff = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.everything("registry", "/v1/units", on=day),
        view.everything("registry", "/v1/services"),
        view.everything("registry", "/v1/counters", unit_id=unit),
        _staff(view, day, unit_id=unit),
    )
    names = {each["id"]: each["name"] for each in units}
    return {
        "tenant": tenant,
        "unit": found,
        "absent": absent,
        "names": names,
        "units": sorted(units, key=lambda each: each["name"].casefold()),
        "below": sorted(
            (each for each in units if each["parent_id"] == str(unit)),
            key=lambda each: each["name"].casefold(),
        ),
        "services": [each for each in services if str(unit) in each["unit_ids"]],
        "counters": counters,
        "staff": sorted(staff, key=lambda seat: ("head" not in seat["duties"], seat["name"])),
        "on": day or "",
        "today": today(tenant).isoformat(),
    }


async def _staff(view: View, day: str | None, **of: object) -> list[Any]:
    """Who works where on a day: personal data, for keepers only."""
    return await view.everything("registry", "/v1/staff", on=day, **of) if view.keeps else []


async def _unit(view: View, unit: UUID, day: str | None) -> tuple[Any, bool]:
    """The unit on a day, or where it does not exist then as it is otherwise, and whether so."""
    path = f"/v1/units/{unit}"
    try:
        return await view.get("registry", path, on=day), False
    except Problem as problem:
        if problem.status != 404 or day is None:
            raise
    return await view.get("registry", path), True


def effects_in_words(view: View, effects: Iterable[Mapping[str, Any]]) -> list[Effects]:
    """What the registry says that a change brings along, in the language of the page."""
    return effects_by_sort((each["what"], _name(view, each)) for each in effects)


def _name(view: View, effect: Mapping[str, Any]) -> str:
    """Its name; periods have none, the registry says their kind and first day."""
    name: str = effect["name"]
    kind, _, day = name.partition(" ")
    if effect["kind"] != "period" or kind not in _PERIODS:
        return name
    return view.t(f"organisation.period.{kind}", day=written_day(view.language, day))


_PERIODS = frozenset({"monthly", "quarterly", "yearly"})
