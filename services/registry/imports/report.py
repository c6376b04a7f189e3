"""What an import tells whoever sent the file."""

from typing import Final, Literal

from pydantic import BaseModel, Field

from services.registry.imports.rules import BadCell, Plan, Sheet

MOST_LISTED: Final = 500
"""Of lists that only inform; each has its count beside it."""

Mode = Literal["all", "good"]


class Run(BaseModel):
    dry_run: bool
    mode: Mode = Field(description="all: every row or none; good: the good rows")


class CellProblem(BaseModel):
    """`column` is the file's title, empty where the row as a whole is meant."""

    sheet: str
    line: int
    column: str
    value: str
    reason: str


class Normalised(BaseModel):
    line: int
    column: str
    given: str = Field(serialization_alias="from")
    taken: str = Field(serialization_alias="to")


class SkippedLine(BaseModel):
    line: int
    why: str = Field(description="empty, header, numbering, total, signature")


class Missing(BaseModel):
    """Stored, and not in the file: listed, never deleted."""

    count: int
    items: list[str]


class Report(BaseModel):
    """`created`, `changed` and `unchanged` count the file's rows, `further` what began beside them.

    A dry run stores nothing and lists every bad cell in `problems`; so does an import of the good
    rows, which stored the others.
    """

    run: Run
    kind: str
    sheet: str
    header_line: int
    encoding: str
    rows: int
    bad_rows: int
    created: int
    changed: int
    unchanged: int
    further: dict[str, int]
    skipped: list[SkippedLine] = Field(description="The first 500")
    skipped_count: int
    normalised: list[Normalised] = Field(description="The first 500")
    normalised_count: int
    ignored_columns: list[str]
    mapping: dict[str, str] = Field(description="Each title that was understood, and as what")
    missing: Missing
    problems: list[CellProblem]
    file_id: str | None = None


def report_of(kind: str, sheet: Sheet, plan: Plan, *, run: Run, bad: list[BadCell]) -> Report:
    """`sheet` as it was read; `plan` of its good rows, or of all where there are no bad ones."""
    normalised = plan.findings.normalised
    return Report(
        run=run,
        kind=kind,
        sheet=sheet.name,
        header_line=sheet.header_line,
        encoding=sheet.encoding,
        rows=len(sheet.rows),
        bad_rows=len({cell.line for cell in bad}),
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
        further=plan.further,
        skipped=[SkippedLine(line=line.line, why=line.why) for line in sheet.skipped[:MOST_LISTED]],
        skipped_count=len(sheet.skipped),
        normalised=[
            Normalised(line=cell.line, column=cell.column, given=cell.given, taken=cell.taken)
            for cell in normalised[:MOST_LISTED]
        ],
        normalised_count=len(normalised),
        ignored_columns=sheet.ignored(),
        mapping={title: name for name, title in sheet.columns.items()},
        missing=Missing(count=len(plan.missing), items=plan.missing[:MOST_LISTED]),
        problems=[
            CellProblem(
                sheet=sheet.name,
                line=cell.line,
                column=cell.column,
                value=cell.value,
                reason=cell.reason,
            )
            for cell in bad
        ],
    )
