"""What a citizen filled in, and what is missing of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MARKS: Final = ("1", "2", "3", "4")
LONGEST_COMMENT: Final = 2000
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")

PROFILE: Final[Mapping[str, Sequence[str]]] = {
    "sex": ("woman", "man"),
    "age_band": ("under_20", "20_29", "30_39", "40_49", "50_59", "60_plus"),
    "education": ("sd", "smp", "sma", "diploma", "s1", "s2", "s3"),
    "occupation": ("pns", "tni", "polri", "swasta", "wirausaha", "lainnya"),
}
"""What may be told about oneself, in feedback's words."""

SENTIMENTS: Final = ("praise", "criticism")


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent; everything is text, and what was not chosen is absent.

    ``tenant_id``, ``office``, ``unit`` and ``service`` come back from the form itself, so that it
    can be shown again while feedback is away.
    """

    elements: tuple[str, ...]
    tenant_id: str
    office: str
    unit: str
    service: str
    key: str
    marks: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    sentiment: str = ""
    profile: Mapping[str, str] = field(default_factory=dict)


def draft_of(form: Mapping[str, str], *, known: Sequence[str]) -> Draft:
    """Understand a sent form; what is not one of the offered choices counts as not chosen."""
    asked = form.get("elements", "").split()
    elements = tuple(name for name in asked if name in known) or tuple(known)
    return Draft(
        elements=elements,
        tenant_id=form.get("tenant_id", ""),
        office=form.get("office", ""),
        unit=form.get("unit", ""),
        service=form.get("service", ""),
        key=form["key"] if _KEY.fullmatch(form.get("key", "")) else "",
        marks={name: form[name] for name in elements if form.get(name) in MARKS},
        # Browsers send a line break as two characters and count it as one.
        comment=form.get("comment", "").replace("\r\n", "\n"),
        sentiment=form["sentiment"] if form.get("sentiment") in SENTIMENTS else "",
        profile={
            name: form[name] for name, choices in PROFILE.items() if form.get(name) in choices
        },
    )


def missing(draft: Draft) -> list[str]:
    """Which questions have no answer, and ``comment`` where it is too long."""
    wrong = [name for name in draft.elements if name not in draft.marks]
    if len(draft.comment.strip()) > LONGEST_COMMENT:
        wrong.append("comment")
    return wrong


def body_of(draft: Draft, source: Mapping[str, str]) -> dict[str, Any]:
    """What feedback is sent; ``source`` is the token or the counter."""
    body: dict[str, Any] = {
        **source,
        "scores": {name: int(mark) for name, mark in draft.marks.items()},
        "comment": draft.comment,
    }
    if draft.sentiment:
        body["sentiment"] = draft.sentiment
    if draft.profile:
        body["profile"] = dict(draft.profile)
    return body
