"""What the pages of plans work out themselves: forms, what serves what, who may do what."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.languages.catalogue import LANGUAGES, Language
from services.portal.plans.asking import chosen_period
from services.portal.plans.form import (
    ASPECTS,
    MOST_IN_ALL,
    MOST_INDICATORS,
    UNITS,
    read,
    refused_field,
    typed_from,
    typed_in,
    with_rows_changed,
)
from services.portal.plans.rules import VALUES, may_do, strands

words_of_a_plan = st.text(st.sampled_from("Aa1.,é\n"), max_size=12).map(str.strip)
numbers = st.decimals(min_value=0, max_value=10**9, places=3).map(str)


@st.composite
def a_document(draw: st.DrawFn) -> dict[str, Any]:
    def target() -> dict[str, Any]:
        low, high = sorted((draw(numbers), draw(numbers)), key=float)
        return {
            "id": f"i{draw(st.integers())}",
            "aspect": draw(st.sampled_from(ASPECTS)),
            "title": draw(words_of_a_plan) or "x",
            "measure_unit": draw(st.sampled_from(UNITS)),
            "better": draw(st.sampled_from(("higher", "lower"))),
            "target_low": low,
            "target_high": high,
            "indicator_id": draw(st.sampled_from((None, "i"))),
        }

    def result() -> dict[str, Any]:
        served = draw(st.sampled_from(("none", "result", "goal")))
        return {
            "id": f"r{draw(st.integers())}",
            "title": draw(words_of_a_plan) or "x",
            "main": draw(st.booleans()),
            "serves_result_id": "r" if served == "result" else None,
            "serves_goal_id": "g" if served == "goal" else None,
            "indicators": [target() for _ in range(draw(st.integers(0, 3)))],
        }

    return {
        "results": [result() for _ in range(draw(st.integers(0, 3)))],
        "expectations": draw(
            st.dictionaries(st.sampled_from(VALUES), words_of_a_plan.filter(bool))
        ),
        "support": draw(words_of_a_plan),
        "evidence": "",
        "consequences": "x",
    }


@given(st.sampled_from(LANGUAGES), a_document())
def test_what_a_form_shows_it_also_says(language: Language, document: dict[str, Any]) -> None:
    typed = typed_from(document, language)
    assert typed_in(sent(typed)) == typed
    said = read(typed, language)
    assert said.wrong == {}
    for result in (*said.document["results"], *document["results"]):
        for each in result["indicators"]:
            each |= {bound: float(each[bound]) for bound in ("target_low", "target_high")}
    assert said.document == document


def sent(typed: dict[str, Any]) -> dict[str, str]:
    """A form as a browser sends it."""
    form = {note: typed[note] for note in ("support", "evidence", "consequences")}
    form |= {f"expectation-{value}": words for value, words in typed["expectations"].items()}
    for at, result in enumerate(typed["results"]):
        line = f"result-{at}-"
        form |= {line + name: words for name, words in result.items() if name != "indicators"}
        for below, each in enumerate(result["indicators"]):
            form |= {f"{line}indicator-{below}-{name}": words for name, words in each.items()}
    return {name: words.replace("\n", "\r\n") for name, words in form.items()}


def test_rows_are_added_and_removed_and_empty_ones_left_out() -> None:
    empty = typed_from(
        {"results": [], "expectations": {}, "support": "", "evidence": "", "consequences": ""},
        "id",
    )
    two = with_rows_changed(with_rows_changed(empty, "add-result"), "add-result")
    assert [len(result["indicators"]) for result in two["results"]] == [1, 1]
    assert read(two, "id").document["results"] == []
    more = with_rows_changed(two, "add-indicator-1")
    assert [len(result["indicators"]) for result in more["results"]] == [1, 2]
    less = with_rows_changed(with_rows_changed(more, "remove-indicator-1-0"), "remove-result-0")
    assert [len(result["indicators"]) for result in less["results"]] == [1]
    for nonsense in (
        "remove-result-7",
        "remove-indicator-0-9",
        "add-indicator-9",
        "x",
        "add-result-0" * 9,
    ):
        assert with_rows_changed(two, nonsense) == two
    full = empty
    for at in range(8):
        full = with_rows_changed(full, "add-result")
        for _ in range(MOST_INDICATORS):
            full = with_rows_changed(full, f"add-indicator-{at}")
    assert max(len(result["indicators"]) for result in full["results"]) == MOST_INDICATORS
    assert sum(len(result["indicators"]) for result in full["results"]) == MOST_IN_ALL


@pytest.mark.parametrize(
    ("low", "high", "wrong"),
    [
        ("", "", {"low": "missing"}),
        ("5", "", {}),
        ("", "5", {}),
        ("6", "5", {"high": "order"}),
        ("5", "lima", {"high": "number"}),
        ("1.5", "2", {"low": "number"}),
    ],
)
def test_targets_that_are_wrong_are_told_at_their_field(
    low: str, high: str, wrong: dict[str, str]
) -> None:
    typed = {"result-0-id": "", "result-0-title": "x", "result-0-indicator-0-id": ""}
    line = "result-0-indicator-0-"
    typed |= {f"{line}title": "y", f"{line}low": low, f"{line}high": high}
    found = read(typed_in(typed), "id").wrong
    assert {name.removeprefix(line): what for name, what in found.items()} == wrong


def test_refusals_of_the_registry_find_their_field() -> None:
    assert refused_field("results[3].indicators[1].target_low") == "result-3-indicator-1-low"
    assert refused_field("results[0].serves_result_id") == "result-0-serves"
    assert refused_field("results[2]") == "result-2-title"
    assert refused_field("expectations.loyal") == "expectation-loyal"
    assert refused_field("support") == "support"


def result(id: str, serves: str | None = None, goal: str | None = None) -> dict[str, Any]:
    return {"id": id, "title": id, "main": True, "indicators": []} | {
        "serves_result_id": serves,
        "serves_goal_id": goal,
    }


def test_results_stand_beside_what_they_serve() -> None:
    mine = [
        result("1", "b"),
        result("2", goal="g"),
        result("3"),
        result("4", "b"),
        result("5", "z"),
    ]
    above = [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]
    goals = [{"id": "g", "name": "G"}, {"id": "h", "name": "H"}]
    found = [
        (each.kind, each.label, [line.number for line in each.results])
        for each in strands(mine, above, goals)
    ]
    assert found == [
        ("result", "A", []),
        ("result", "B", [1, 4]),
        ("goal", "C", [2]),
        ("unknown", "", [5]),
        ("none", "", [3]),
    ]


def test_the_period_that_a_page_begins_with() -> None:
    def period(id: str, first: str, end: str) -> dict[str, str]:
        return {"id": id, "starts_on": first, "ends_on": end}

    year = period("year", "2026-01-01", "2027-01-01")
    month = period("month", "2026-05-01", "2026-06-01")
    old = period(str(UUID(int=7)), "2025-01-01", "2026-01-01")
    assert chosen_period([month, year, old], None, "2026-05-31") == year
    assert chosen_period([month, old], None, "2026-06-01") == month
    assert chosen_period([month, year, old], UUID(int=7), "2026-05-31") == old
    assert chosen_period([], None, "2026-05-31") is None


@pytest.mark.parametrize(
    ("state", "employee", "leader", "stranger"),
    [
        ("draft", {"edit", "discuss", "withdraw"}, {"edit", "discuss", "withdraw"}, set()),
        ("discussed", {"edit", "withdraw"}, {"edit", "withdraw", "agree"}, set()),
        ("agreed", {"amend"}, {"amend"}, set()),
    ],
)
def test_who_may_do_what(
    state: str, employee: set[str], leader: set[str], stranger: set[str]
) -> None:
    newest = {"state": state, "agreed_by_employee_at": "2026-01-01", "agreed_by_leader_at": None}
    plan = {"employee": {"id": "e"}, "leader": {"id": "l"}, "revisions": [newest]}
    assert may_do(plan, "e", None) == employee
    assert may_do(plan, "l", None) == leader
    assert may_do(plan, "new", "new") == leader
    assert may_do(plan, "s", "new") == stranger
    assert may_do(plan, None, None) == set()
