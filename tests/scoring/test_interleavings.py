"""Whatever overtakes whatever: the same tallies and cards as the highest versions add up to."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.scoring.ledger.rules import ALL_SERVICES
from services.scoring.scorecards.rules import NOTHING
from services.scoring.scorecards.store import policy_document
from shared.contracts import Event
from tests.scoring.conftest import Book
from tests.scoring.world import Dice, Truth, entities, newest, revisions


def batches(dice: Dice, events: Sequence[Event]) -> list[list[Event]]:
    """Each event up to three times, shuffled, cut into pieces of one topic each."""
    repeated = [event for event in events for _ in range(dice.random.randint(1, 3))]
    dice.random.shuffle(repeated)
    pieces = []
    while repeated:
        size = dice.random.randint(1, 12)
        pieces.append(repeated[:size])
        del repeated[:size]
    return pieces


async def live(book: Book, events: Sequence[Sequence[Event]], *, lanes: int) -> None:
    """Concurrent consumers, with recounts and recomputes between and beside them."""
    queue = list(events)
    done = asyncio.Event()

    async def consume() -> None:
        while queue:
            await book.take(queue.pop())

    async def work() -> None:
        while not done.is_set():
            busy = await book.recount() or await book.recompute(limit=7)
            await asyncio.sleep(0 if busy else 0.002)

    workers = [asyncio.create_task(work()) for _ in range(2)]
    try:
        await asyncio.gather(*(consume() for _ in range(lanes)))
    finally:
        done.set()
        await asyncio.gather(*workers)
    await book.settle()


async def check(book: Book, tenant: Any, truth: Truth) -> None:
    assert await book.tallies(tenant) == truth.rows()
    expected = truth.cards()
    cards = await book.cards(tenant)
    assert len(cards) == len(expected)
    stored = {
        (c["subject_kind"], c["subject_id"], c["unit_id"], c["service_id"], c["period"]): c
        for c in cards
    }
    for key, (score, policy) in expected.items():
        subject = key.subject
        service = key.service_id or ALL_SERVICES
        card = stored[subject.kind, subject.id, subject.unit_id, service, key.period.name]
        assert score != NOTHING
        assert card["answers"] == score.answers
        assert card["incomplete"] == score.incomplete
        assert card["counts"] == {e: list(marks.each) for e, marks in score.counts.items()}
        assert card["policy"] == policy_document(policy)
        index = score.index
        assert card["index"] == (index.rounded if index else None)
        assert card["grade"] == (index.grade if index else None)
        if index:
            assert card["index_numerator"] == index.exact.numerator
            assert card["index_denominator"] == index.exact.denominator
    latest = {
        (a["subject_kind"], a["subject_id"], a["unit_id"], c.get("service_id"), c["period"]): c
        for a in await book.announced(tenant)
        for c in a["cards"]
    }
    for card in cards:
        service = None if card["service_id"] == ALL_SERVICES else str(card["service_id"])
        ids = (str(card["subject_id"]), str(card["unit_id"]))
        said = latest[card["subject_kind"], *ids, service, card["period"]]
        assert (said["version"], said["answers"]) == (card["version"], card["answers"])


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
async def test_any_order_gives_the_scores_of_the_tidy_one(book: Book, seed: int) -> None:
    dice = Dice(random.Random(seed))
    tenant = Dice(random.Random()).id()
    registry, units, services, people = entities(tenant, dice)
    facts = [e for _ in range(25) for e in revisions(tenant, dice, units, services, people)]
    # Everything is scored once before a few kinds of change come, so that none of them is put right
    # by what another one moves.
    kinds = sorted({event.kind for event in registry})
    kinds = dice.random.sample(kinds, dice.random.randint(1, 2))
    late = [event for event in registry if event.kind in kinds and dice.random.randint(0, 3)]
    early = [*(event for event in registry if event not in late), *facts]
    for events in (early, [*late, *dice.random.sample(facts, 5)]):
        await live(book, by_topic(batches(dice, events)), lanes=3)
    truth = Truth(newest(registry), newest(facts))
    await check(book, tenant, truth)


def by_topic(pieces: Sequence[Sequence[Event]]) -> list[list[Event]]:
    topics = {event.topic for piece in pieces for event in piece}
    parts = [[e for e in piece if e.topic == topic] for piece in pieces for topic in sorted(topics)]
    return [part for part in parts if part]
