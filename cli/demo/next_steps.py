"""Addresses of what runs, and commands to try; every id in them is one of this run."""

import os
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from cli.demo.places import DATA
from cli.demo.table import Outcome
from devstack.system import System

_PLACE: Final = "bandung"
_UNIT: Final = "32.73.24"
_SERVICE: Final = "Surat keterangan usaha"


def print_next_steps(console: Console, system: System, outcome: Outcome, *, home: Path) -> None:
    """Print them for a second terminal in the same folder."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for service in ("registry", "feedback", "scoring"):
        table.add_row(f"{service} API", f"{_address(system, service)}/openapi.json")
    for part in system.parts:
        url = f"http://127.0.0.1:{system.metrics_ports[part]}/metrics"
        table.add_row(f"{part.service} {part.role} metrics", url)
    console.print(table)
    console.print("\nTry in a second terminal, in this folder:")
    for title, command in _commands(system, outcome, home=home):
        console.print(f"\n# {title}", style="dim", highlight=False)
        console.print(command, highlight=False, soft_wrap=True, markup=False)
    console.print()


def _commands(system: System, outcome: Outcome, *, home: Path) -> list[tuple[str, str]]:
    place = outcome.registered[_PLACE]
    unit, service = place.units[_UNIT], place.services[_SERVICE]
    counter = place.counters[f"{_UNIT}/{_SERVICE}"]
    period = max(score.period for score in outcome.scores if score.unit_id == unit)
    tera = _tera(home)
    token = f'"authorization: Bearer $({tera} token --role survey_officer --tenant {place.tenant})"'
    paper = _short(DATA / "answers_on_paper.csv")
    card = f"{_address(system, 'scoring')}/v1/units/{unit}/satisfaction"
    return [
        (
            "answer as a citizen at the counter of Kecamatan Arcamanik",
            f"curl -s {_address(system, 'feedback')}/v1/tenants/{place.tenant}/answers "
            "-H 'content-type: application/json' "
            f"""-d '{{"counter":"{counter}","scores":{{"waktu":4,"perilaku":4,"produk":3}},"""
            """"comment":"Cepat dan ramah","sentiment":"praise"}'""",
        ),
        (
            "read its index, explained",
            f"curl -s '{card}/explanation?period={period}' -H {token}",
        ),
        (
            "send in 24 answers taken on paper (again: nothing changes)",
            f"{tera} import answers {paper} --tenant {place.tenant} --unit {unit} "
            f"--service {service} --batch contoh-1",
        ),
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
