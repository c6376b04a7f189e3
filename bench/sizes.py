"""How much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Rounds alternate between all variants; seconds are those of one variant in one round."""

    intake_rounds: int
    intake_seconds: float
    counting_rounds: int
    counting_records: int
    """Records per round: the ledger grows by so many."""
    single_records: int
    """Records per round for the variant that takes one at a time."""
    load_seconds: float
    """Of all processes together, for memory."""
    streams: int
    """Inboxes that are open at once."""
    stream_rounds: int
    """Notices that each of them hears of."""


FULL = Size(
    intake_rounds=5,
    intake_seconds=3.0,
    counting_rounds=10,
    counting_records=100_000,
    single_records=150,
    load_seconds=20.0,
    streams=1000,
    stream_rounds=15,
)
SHORT = Size(
    intake_rounds=3,
    intake_seconds=1.5,
    counting_rounds=3,
    counting_records=50_000,
    single_records=100,
    load_seconds=6.0,
    streams=1000,
    stream_rounds=5,
)
