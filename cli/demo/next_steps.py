"""Addresses of what runs, and commands to try; every id in them is one of this run."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from cli.demo.logins import ready_logins
from cli.demo.places import DATA
from cli.demo.table import Outcome
from devstack.system import System
from services import SERVICES

_PLACE: Final = "bandung"
_UNIT: Final = "32.73.24"
_SERVICE: Final = "Surat keterangan usaha"
_PERSON: Final = "bdg-02"


def print_next_steps(
    console: Console, system: System, outcome: Outcome, *, home: Path, once: bool
) -> None:
    """Print them for a browser and for a second terminal; `once` says that nothing stays up."""
    if once:
        console.print("It leaves now. A start without --once stays up for this:\n")
    console.print("Open in a browser:")
    for title, url in _pages(system, outcome):
        console.print(f"\n{title}\n  {url}", highlight=False, soft_wrap=True)
    console.print("\nSign in at the portal as one of them, without a password:\n")
    _print_rows(console, _people(outcome))
    console.print("\nBehind the pages:\n")
    _print_rows(console, _addresses(system))
    console.print("\nTry in a second terminal, in this folder:")
    for title, command in _commands(system, outcome, home=home):
        console.print(f"\n# {title}", style="dim", highlight=False)
        console.print(command, highlight=False, soft_wrap=True, markup=False)
    console.print()


def _print_rows(console: Console, rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _pages(system: System, outcome: Outcome) -> Iterator[tuple[str, str]]:
    place, portal = outcome.registered[_PLACE], _address(system, "portal")
    desk, unit = f"{_UNIT}/{_SERVICE}", f"{portal}/units/{place.units[_UNIT]}"
    query = f"?period={_period(outcome)}"
    yield "the portal", portal
    yield (
        "answer as a citizen at Kecamatan Arcamanik",
        f"{portal}/j/{place.slug}/{place.counters[desk]}",
    )
    yield "the sign of that counter, to print", f"{portal}/counters/{place.posters[desk]}/print"
    yield "the result of Kecamatan Arcamanik: it changes by itself", unit + query
    yield "why it is what it is, to be done again by hand", f"{unit}/why{query}"
    yield "its report, to publish", f"{unit}/report{query}"
    yield "the inbox of whoever is signed in", f"{portal}/inbox"
    yield (
        "a plan that waits for both to agree: sign in as Deden Kurniawan, then as H. Asep Suherman",
        f"{portal}/plans",
    )
    yield (
        "the rules that apply to Kecamatan Arcamanik, each value with where it comes from",
        f"{portal}/organisation/{place.units[_UNIT]}/policies",
    )
    yield (
        "the organisation; as Yuyun Yuningsih also its people, and files to bring them in",
        f"{portal}/organisation",
    )
    if catcher := system.environment.get("TERA_MAIL_CATCHER_HTTP"):
        yield "the mails that were sent", catcher


def _period(outcome: Outcome) -> str:
    """The latest quarter of the unit that is shown."""
    unit = outcome.registered[_PLACE].units[_UNIT]
    return max(score.period for score in outcome.scores if score.unit_id == unit)


def _people(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    for login in ready_logins(outcome):
        yield login.name, ", ".join(login.roles), login.place


def _addresses(system: System) -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        yield f"{service} API", f"{_address(system, service)}/openapi.json"
    for part in system.parts:
        url = f"http://127.0.0.1:{system.metrics_ports[part]}/metrics"
        yield f"{part.service} {part.role} metrics", url


def _commands(system: System, outcome: Outcome, *, home: Path) -> list[tuple[str, str]]:
    place = outcome.registered[_PLACE]
    unit, person = place.units[_UNIT], place.people[_PERSON]
    period = _period(outcome)
    tera, scoring = _tera(home), _address(system, "scoring")
    token = f"{tera} token --role tenant_administrator --tenant {place.tenant}"
    signed = f'-H "authorization: Bearer $({token})" | python3 -m json.tool'
    body = {
        "counter": place.counters[f"{_UNIT}/{_SERVICE}"],
        "scores": {"waktu": 4, "perilaku": 4, "produk": 3},
        "comment": "Cepat dan ramah",
        "sentiment": "praise",
    }
    yesterday = datetime.now(ZoneInfo("Asia/Jakarta")).date() - timedelta(days=1)
    card = f"{scoring}/v1/units/{unit}/satisfaction"
    evidence = f"{scoring}/v1/people/{person}/satisfaction"
    return [
        (
            "answer as a citizen at the counter of Kecamatan Arcamanik",
            f"curl -s {_address(system, 'feedback')}/v1/tenants/{place.tenant}/answers "
            f"-H 'content-type: application/json' -d '{json.dumps(body)}'",
        ),
        (
            "read its index, explained: rule, policy, inputs, arithmetic, evidence, last change",
            f"curl -s '{card}/explanation?period={period}' {signed}",
        ),
        (
            "read what the answers say of one officer: the index is drawn to the unit's",
            f"curl -s '{evidence}?period={period}' {signed}",
        ),
        (
            "send in 24 answers taken on paper; a second time changes nothing",
            f"{tera} import answers {_short(DATA / 'answers_on_paper.csv')} "
            f"--tenant {place.tenant} --unit {_UNIT} --service '{_SERVICE}' "
            f"--batch contoh-{yesterday} --date {yesterday}",
        ),
        (
            "say again by which rules Kecamatan Arcamanik is evaluated: nothing changes",
            f"{tera} configure arcamanik --tenant {place.tenant}",
        ),
        ("see whether a record could not be handled", f"{tera} dead-letters list"),
    ]


def _address(system: System, service: str) -> str:
    return system.environment[f"TERA_{service.upper()}_HTTP"]


def _tera(home: Path) -> str:
    """The command as it was called, and with the folder where that is not the default one."""
    program = _short(Path(sys.argv[0]))
    if Path(program).name == "__main__.py":
        program = f"{_short(Path(sys.executable))} -m cli"
    return program if home == Path(".tera") else f"TERA_HOME={home} {program}"


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
