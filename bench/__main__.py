"""`python -m bench [--short] [--only intake|counting|memory|streams]`: all ratios of one run."""

import argparse
import asyncio
import gc
import logging
import sys
import time

import uvloop
from rich.console import Console

from bench.counting import measure_counting
from bench.installation import Failed, choose_broker, default_folder, installation
from bench.intake import measure_intake
from bench.memory import measure_memory
from bench.place import make_place
from bench.report import Report
from bench.sizes import FULL, SHORT, Size
from bench.streams import measure_streams

PARTS = {
    "intake": measure_intake,
    "counting": measure_counting,
    "memory": measure_memory,
    "streams": measure_streams,
}


async def measure(size: Size, only: str | None, console: Console) -> Report:
    """Run the parts one after the other on one installation."""
    report = Report()
    report.notes.append(f"broker: {choose_broker()}")
    place = make_place()
    with console.status("starting PostgreSQL and the broker") as status:
        async with installation(default_folder()) as installed:
            for name, part in PARTS.items():
                if only in (None, name):
                    await part(report, installed, place, size=size, tell=status.update)
    return report


def main() -> int:
    """0 unless something was counted wrong, whatever the verdicts: those are for reading."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="under two minutes; less certain")
    parser.add_argument("--only", choices=PARTS, help="one part")
    arguments = parser.parse_args()
    console = Console()
    gc.set_threshold(20_000)  # as every process of Tera
    # A new topic is tried a few times until it has leaders; that is no news here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    began = time.monotonic()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            report = runner.run(
                measure(SHORT if arguments.short else FULL, arguments.only, console)
            )
        except Failed as failure:
            console.print(f"[red]{failure}[/]")
            return 1
    report.print(console)
    console.print(f"[dim]took {time.monotonic() - began:.0f} s[/]")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
