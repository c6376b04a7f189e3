"""ETag and If-Match: two people who edit the same thing do not undo each other's work."""

from typing import Annotated

from fastapi import Depends, Header, Response

from shared.http.problems import Problem, invalid_request
from shared.http.words import FieldProblem


def show_version(response: Response, version: int) -> None:
    """Set the ETag that a later change may send back as If-Match."""
    response.headers["etag"] = f'"{version}"'


def _expected(
    if_match: Annotated[
        str | None, Header(description="The ETag of the state that was edited; optional")
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    words = if_match.strip().removeprefix("W/").strip('"')
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        raise invalid_request([FieldProblem("if-match", 'must be an ETag of ours, such as "3"')])
    return int(words)


Expected = Annotated[int | None, Depends(_expected)]
"""The version the caller has seen, or None where the caller does not mind."""


def check_version(current: int, expected: int | None) -> None:
    """412 `changed-meanwhile` unless the caller has seen the current version."""
    if expected is not None and expected != current:
        raise Problem(
            412,
            "changed-meanwhile",
            title="Somebody changed it meanwhile",
            detail="Nothing was stored. Fetch it again, make your change to what you get then, "
            "and send it with the new ETag in If-Match.",
        )
