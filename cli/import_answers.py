"""`tera import answers`: answers taken on paper, from a CSV to the score."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EighthElement(StrEnum):
    """What column U8 of a file is; U9 is the other one."""

    sarana = "sarana"
    pengaduan = "pengaduan"


def answers(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    tenant: Annotated[str, typer.Option(help="The tenant's id (or slug, with TERA_TOKEN).")],
    unit: Annotated[str, typer.Option(help="The unit's id or code.")],
    service: Annotated[str, typer.Option(help="The service's id or name.")],
    *,
    batch: Annotated[
        str, typer.Option(help="Name of this pile of sheets; batch and line identify an answer.")
    ],
    u8: Annotated[
        EighthElement | None, typer.Option(help="What column U8 is, where columns are U1 to U9.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="Day of the answers that state no time themselves."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check the file; send nothing.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Send the good rows although others are bad.")
    ] = False,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait until every answer is counted.")
    ] = 120.0,
) -> None:
    """Import answers; a second import of the same file changes nothing.

    Columns are named after the nine elements or U1 to U9; an empty cell was not answered; a column
    answered_at gives the time; sex, age, education and occupation (jenis kelamin, usia, pendidikan,
    pekerjaan) are for the report's counts of respondents. Then waits until all are counted, and
    prints the scores.
    """
    import asyncio

    from cli.paper.importing import Job, run

    stated: date | None = day.date() if day else None
    job = Job(
        content=file.read_bytes(),
        tenant=tenant,
        unit=unit,
        service=service,
        batch=batch,
        u8=u8,
        day=stated,
        dry_run=dry_run,
        skip_bad_rows=skip_bad_rows,
        wait=wait,
    )
    asyncio.run(run(job))
