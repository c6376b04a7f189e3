"""The command: every check in turn, then what each found."""

import asyncio
import json
import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.doctor.findings import Check, Finding, Patient

_COLOURS = {"error": "bold red", "warning": "yellow", "skipped": "dim"}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines: a list of findings.")
    ] = False,
) -> None:
    """Say what is wrong and what to do, for the local stack and for an installation.

    Only looks, with the settings and logins of this environment. Leaves with code 1 where there is
    an error.
    """
    from pydantic import ValidationError

    from cli.doctor.findings import Patient, error
    from shared.settings import Settings

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is said below, in words
    try:
        patient = Patient(Settings(), dict(os.environ))
    except ValidationError as wrong:
        named = ", ".join(f"TERA_{'_'.join(map(str, e['loc'])).upper()}" for e in wrong.errors())
        found = {"settings": [error(f"Settings cannot be read: {named}.", "correct them")]}
    else:
        found = asyncio.run(examine(patient))
    _print_json(found) if as_json else _print(found)
    if any(each.severity == "error" for findings in found.values() for each in findings):
        raise typer.Exit(1)


async def examine(patient: "Patient") -> "dict[str, list[Finding]]":
    """What each check found, by its title, in an order in which causes come before effects."""
    return {title: await check(patient) for title, check in _checks().items()}


def _checks() -> "dict[str, Check]":
    from cli.doctor.consumers import check_consumers
    from cli.doctor.databases import check_databases
    from cli.doctor.disk import check_disk
    from cli.doctor.issuer import check_issuer
    from cli.doctor.mail import check_mail
    from cli.doctor.processes import check_processes
    from cli.doctor.settings import check_settings
    from cli.doctor.topics import check_topics

    return {
        "settings": check_settings,
        "disk": check_disk,
        "databases": check_databases,
        "topics": check_topics,
        "issuer": check_issuer,
        "mail": check_mail,
        "processes": check_processes,
        "consumers": check_consumers,
    }


def _print(found: "dict[str, list[Finding]]") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for title, findings in found.items():
        if not findings:
            console.print(Text.assemble(("ok       ", "green"), title))
        for each in findings:
            console.print(
                Text.assemble((f"{each.severity:<9}", _COLOURS[each.severity]), each.sentence)
            )
            if each.next:
                console.print(Text.assemble("         → ", each.next))


def _print_json(found: "dict[str, list[Finding]]") -> None:
    listed = [
        {"check": title, **asdict(each)} for title, findings in found.items() for each in findings
    ]
    typer.echo(json.dumps(listed, indent=2))
