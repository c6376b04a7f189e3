"""Just enough of PromQL to ask of an expression: which series, by which labels, compared with what.

No parser of the language: whether an expression is valid is for Prometheus itself to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*")|(?P<span>\[[^\]]*\])|(?P<number>\d[\w.]*)
    |(?P<name>[a-zA-Z_:][\w:]*)|(?P<op>==|!=|=~|!~|>=|<=|[-+*/%^=<>(){},@])""",
    re.VERBOSE,
)
_SETS: Final = {"and", "or", "unless"}
_COMPARISONS: Final = {"==", "!=", ">", "<", ">=", "<="}
_LABEL_LISTS: Final = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS: Final = _SETS | _LABEL_LISTS | {"offset", "bool"}


@dataclass(frozen=True)
class Selector:
    """A metric with the labels it is chosen by: name, operator, value."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def selectors(expression: str) -> list[Selector]:
    """Every series that the expression reads, in its order."""
    found = []
    tokens = _tokens(expression)
    labels = _label_places(tokens)
    place = 0
    while place < len(tokens):
        token, after = tokens[place], tokens[place + 1 : place + 2]
        following = after[0].text if after else ""
        place += 1
        if token.text == "{":  # labels of what was just found
            end = _closing(tokens, place - 1, "{", "}")
            found[-1] = Selector(found[-1].metric, tuple(_matchers(tokens[place:end])))
            place = end + 1
        elif (
            token.kind == "name"
            and token.text not in _WORDS
            and place - 1 not in labels
            and following not in {"(", "by", "without"}  # those are functions
        ):
            found.append(Selector(token.text, ()))
    return found


def grouping(expression: str) -> set[str]:
    """The labels in all lists after ``by``, ``on`` and their like."""
    tokens = _tokens(expression)
    return {tokens[place].text for place in _label_places(tokens) if tokens[place].kind == "name"}


def sides(expression: str) -> list[str]:
    """What an alert compares: the expression without its set operations and comparisons.

    ``a > 5 and absent(b)`` gives ``a`` and ``b``. Numbers alone are left out; what is inside a
    function or an aggregation stays as it is.
    """
    tokens = _tokens(expression)
    return [] if not tokens else list(_sides(expression, tokens))


def _sides(expression: str, tokens: list[_Token]) -> Iterator[str]:
    while tokens[0].text == "(" and _closing(tokens, 0, "(", ")") == len(tokens) - 1:
        tokens = tokens[1:-1]
    if tokens[0].text == "absent":
        tokens = tokens[2:-1]
    for operators in (_SETS, _COMPARISONS):
        parts = _split(tokens, operators)
        if len(parts) > 1:
            for part in parts:
                yield from _sides(expression, part)
            return
    if any(token.kind == "name" for token in tokens):
        yield expression[tokens[0].start : tokens[-1].end]


def _split(tokens: list[_Token], operators: set[str]) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    depth = place = 0
    while place < len(tokens):
        text = tokens[place].text
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text, 0)
        if depth == 0 and text in operators:
            parts.append([])
            place += 1
            while place < len(tokens) and tokens[place].text in _LABEL_LISTS | {"bool"}:
                listed = place + 1 < len(tokens) and tokens[place + 1].text == "("
                place = _closing(tokens, place + 1, "(", ")") + 1 if listed else place + 1
        else:
            parts[-1].append(tokens[place])
            place += 1
    return parts


def _tokens(expression: str) -> list[_Token]:
    return [
        _Token(match.lastgroup or "", match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(expression)
    ]


def _label_places(tokens: list[_Token]) -> set[int]:
    places: set[int] = set()
    for place, token in enumerate(tokens[:-1]):
        if token.text in _LABEL_LISTS and tokens[place + 1].text == "(":
            places.update(range(place + 2, _closing(tokens, place + 1, "(", ")")))
    return places


def _closing(tokens: list[_Token], start: int, opening: str, closing: str) -> int:
    depth = 0
    for place in range(start, len(tokens)):
        depth += {opening: 1, closing: -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    raise ValueError(f"{opening} is not closed")


def _matchers(tokens: list[_Token]) -> Iterator[tuple[str, str, str]]:
    texts = [token.text for token in tokens if token.text != ","]
    for label, operator, value in zip(texts[::3], texts[1::3], texts[2::3], strict=True):
        yield label, operator, value.strip('"')
