"""The runbooks, and what they ask of Prometheus and of databases."""

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))


def runbook_expressions() -> Iterator[tuple[str, str]]:
    """Page and expression: each paragraph of each block marked ``promql``."""
    for page in RUNBOOKS:
        for block in re.findall(r"^```promql\n(.*?)^```", page.read_text(), re.M | re.S):
            for expression in block.strip().split("\n\n"):
                yield page.stem, expression


def runbook_queries() -> Iterator[tuple[str, str, str]]:
    """Page, service and statement: each block marked ``sql``, the first line names its database."""
    for page in RUNBOOKS:
        for block in re.findall(r"^```sql\n(.*?)^```", page.read_text(), re.M | re.S):
            first, _, statement = block.partition("\n")
            yield page.stem, first.removeprefix("-- database tera_"), statement
