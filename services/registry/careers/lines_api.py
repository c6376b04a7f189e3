"""Changes at `/v1/people/{id}/reporting-lines`: who assesses from when to when."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Response

from services.registry.access import Access, Keeper, Registry, refused
from services.registry.careers.effects import of_lines
from services.registry.careers.rules import Consequence, changed
from services.registry.fields import Body
from services.registry.locks import lock_all
from services.registry.people import store as people
from services.registry.people.api import unknown_person
from services.registry.reporting_lines import store
from services.registry.reporting_lines.rules import Line, LineRefused, change, circles
from services.registry.trying import DryRun, dry_run_of, written
from shared.db import Connection, uuid7
from shared.http.auth import Principal
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/people/{person_id}/reporting-lines", tags=["reporting lines"])

T = TypeVar("T")

_REFUSALS: Final = {
    "fk_reporting_lines_tenant_id_person_id_people": unknown_person,
    "fk_reporting_lines_tenant_id_assessor_id_people": partial(
        refused, "assessor_id", "is not a person of this tenant: send the id of an existing one"
    ),
    "fk_reporting_lines_tenant_id_reviewer_id_people": partial(
        refused, "reviewer_id", "is not a person of this tenant: send the id of an existing one"
    ),
    "ck_reporting_lines_dates": partial(
        refused, "valid_until", "must be after valid_from: it is the first day no more"
    ),
    "ck_reporting_lines_assessor": partial(
        refused, "assessor_id", "is the person themselves: somebody else assesses"
    ),
    "ck_reporting_lines_reviewer": partial(
        refused,
        "reviewer_id",
        "must be neither the person nor the assessor: who decides about "
        "an objection is somebody else",
    ),
}


class NewLine(Body):
    """`valid_until` is the first day no more; without it the line goes on. Objections go to the
    reviewer."""

    assessor_id: UUID
    reviewer_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None


class LineChange(Body):
    """A correction. Somebody who gets another assessor from a day on is changed by date."""

    assessor_id: UUID = UUID(int=0)
    reviewer_id: UUID | None = None
    valid_from: date = date.min
    valid_until: date | None = None


class AssessorChange(Body):
    """`on` is the first day of the new assessor; it may be in the past."""

    assessor_id: UUID
    reviewer_id: UUID | None = None
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine(Line):
    """A line as stored, or as a dry run would store it, and what else that touches."""

    effects: list[Consequence]


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """Both halves of a change by date, as stored or as a dry run would store them."""

    ended: Line
    started: Line
    effects: list[Consequence]


@router.post("", status_code=201, responses=dry_run_of(StoredLine))
async def create_reporting_line(
    person_id: UUID,
    new: NewLine,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    dry_run: DryRun = False,
) -> StoredLine:
    line = Line(
        uuid7(), person_id, new.assessor_id, new.valid_from, new.valid_until, new.reviewer_id
    )

    async def work(connection: Connection, _: list[Line]) -> Line:
        async with _explaining_overlap(connection, caller.tenant, line):
            await store.insert(connection, caller.tenant, [line])
        await _check_circle(connection, caller.tenant, line)
        return line

    stored, effects = await _change(registry, caller, person_id, work, dry_run=dry_run)
    if dry_run:
        response.status_code = 200
    show_version(response, stored.version)
    return StoredLine(**asdict(stored), effects=effects)


@router.post("/changes", status_code=201, responses=dry_run_of(ChangedLine))
async def change_assessor(
    person_id: UUID,
    wanted: AssessorChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
) -> ChangedLine:
    """End the line that holds on that day and begin the new one, together. If-Match takes the
    version of the one that ends."""

    async def work(connection: Connection, existing: list[Line]) -> tuple[Line, Line]:
        try:
            ended, started = change(
                existing,
                wanted.assessor_id,
                on=wanted.on,
                new_id=uuid7(),
                reviewer_id=wanted.reviewer_id,
            )
        except LineRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        check_version(ended.version, expected)
        (ended,) = await store.update(connection, caller.tenant, [ended])
        await store.insert(connection, caller.tenant, [started])
        await _check_circle(connection, caller.tenant, started)
        return ended, started

    (ended, started), effects = await _change(registry, caller, person_id, work, dry_run=dry_run)
    if dry_run:
        response.status_code = 200
    return ChangedLine(ended, started, effects)


@router.patch("/{line_id}")
async def correct_reporting_line(
    person_id: UUID,
    line_id: UUID,
    *,
    correction: LineChange,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
) -> StoredLine:
    """Fields that are left out stay; `valid_until` null reopens it."""

    async def work(connection: Connection, existing: list[Line]) -> Line:
        line = _one_of(existing, line_id)
        check_version(line.version, expected)
        wanted = replace(line, **correction.given())
        if wanted == line:
            return line
        async with _explaining_overlap(connection, caller.tenant, wanted):
            (stored,) = await store.update(connection, caller.tenant, [wanted])
        await _check_circle(connection, caller.tenant, stored)
        return stored

    stored, effects = await _change(registry, caller, person_id, work, dry_run=dry_run)
    show_version(response, stored.version)
    return StoredLine(**asdict(stored), effects=effects)


@router.delete("/{line_id}", status_code=204)
async def delete_reporting_line(
    person_id: UUID, line_id: UUID, *, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """For entries made by mistake; a line that is over gets a `valid_until`."""

    async def work(connection: Connection, existing: list[Line]) -> None:
        line = _one_of(existing, line_id)
        check_version(line.version, expected)
        await store.delete(connection, caller.tenant, line)

    await _change(registry, caller, person_id, work, dry_run=False)


async def _change(
    registry: Registry,
    caller: Principal,
    person_id: UUID,
    work: Callable[[Connection, list[Line]], Awaitable[T]],
    *,
    dry_run: bool,
) -> tuple[T, list[Consequence]]:
    """Run `work` on the lines of a person. A circle is closed by lines of different people: all of
    the tenant stand still meanwhile."""

    async def told(connection: Connection) -> tuple[T, list[Consequence]]:
        await lock_all(connection, caller.tenant, "reporting_lines")
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        before = await store.of_people(connection, caller.tenant, [person_id])
        stored = await work(connection, before)
        after = await store.of_people(connection, caller.tenant, [person_id])
        spans = changed(before, after, what=Line.superiors)
        return stored, await of_lines(connection, caller.tenant, person_id, spans=spans)

    return await written(registry, caller, told, refusals=_REFUSALS, dry_run=dry_run)


def _one_of(existing: Iterable[Line], line_id: UUID) -> Line:
    for line in existing:
        if line.id == line_id:
            return line
    raise not_found("This person has no reporting line with this id: list them first.")


async def _check_circle(connection: Connection, tenant_id: UUID, line: Line) -> None:
    """After it was stored: the lines above hold what was stored with it."""
    others = await store.above(connection, tenant_id, line.superiors())
    if (day := circles([line], others).get(line.id)) is not None:
        raise conflict(
            "above-themselves",
            f"Nothing was stored: on {day} the person would stand above themselves, because the "
            "assessor or reviewer is assessed below them. Choose somebody else, or other dates.",
        )


@asynccontextmanager
async def _explaining_overlap(
    connection: Connection, tenant_id: UUID, wanted: Line
) -> AsyncIterator[None]:
    """The database refuses overlaps, whoever writes; this only finds the words for it."""
    try:
        async with connection.transaction():
            yield
    except asyncpg.ExclusionViolationError:
        dates = "; ".join(
            f"from {other.valid_from} "
            + (f"until {other.valid_until}" if other.valid_until else "on")
            for other in await store.of_people(connection, tenant_id, [wanted.person_id])
            if other.id != wanted.id and other.overlaps(wanted)
        )
        raise conflict(
            "line-overlaps",
            f"Nothing was stored: somebody else assesses the person {dates}. Choose other dates, "
            "end that line first, or post a change, which does both.",
        ) from None
