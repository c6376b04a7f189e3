"""Facts counted per second by one worker, against the bare statement and against the usual."""

import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bench.counters import SINGLE_TOPIC, ByStatement, ByWorker, Counted, OneByOne
from bench.facts import make_facts
from bench.installation import Installation
from bench.ledger import Ledger
from bench.place import Place, fill_scoring
from bench.report import Comparison, Report, Split
from bench.sizes import Size
from services.scoring.ledger.consumers import FACTS_CONSUMER
from shared.messaging.topics import create_topics

WORKER: Final = "tera"
BARE: Final = "bare statement"
SINGLE: Final = "one by one"
_PER: Final = 100_000


@dataclass(frozen=True)
class _Ways:
    worker: ByWorker
    statement: ByStatement
    single: OneByOne

    @property
    def counted(self) -> dict[str, Counted]:
        return {
            WORKER: self.worker.counted,
            BARE: self.statement.counted,
            SINGLE: self.single.counted,
        }


async def measure_counting(
    report: Report,
    installed: Installation,
    place: Place,
    *,
    size: Size,
    tell: Callable[[str], None],
) -> None:
    """Fill in the counting's part of the report."""
    tell("counting: making ready")
    async with _ready(installed, place) as ways:
        await ways.worker.warm()
        for number in range(size.counting_rounds):
            title = f"counting, round {number + 1} of {size.counting_rounds}"
            tell(f"{title}: making facts")
            many = make_facts(place, size.counting_records, seed=number)
            few = make_facts(
                place, size.single_records, seed=1_000 + number, topic=SINGLE_TOPIC.name
            )
            tell(f"{title}: {WORKER}")
            await ways.worker.take(many)
            tell(f"{title}: {BARE}")
            await ways.statement.take(many)
            tell(f"{title}: {SINGLE}")
            await ways.single.take(few)
        await _check(report, ways)
    _compare(report, ways)
    _explain(report, ways)
    report.note_memory(ways.worker.peak)


@asynccontextmanager
async def _ready(installed: Installation, place: Place) -> AsyncIterator[_Ways]:
    """Three ledgers with the same replica."""
    await create_topics(installed.bootstrap, [SINGLE_TOPIC])
    urls = {
        WORKER: installed.url("scoring", "worker"),
        BARE: await installed.baseline_database("scoring", "statement"),
        SINGLE: await installed.baseline_database("scoring", "single"),
    }
    async with AsyncExitStack() as stack:
        counted = {}
        for name, url in urls.items():
            await fill_scoring(url, place)
            ledger = Ledger(url)
            await ledger.open()
            stack.push_async_callback(ledger.close)
            counted[name] = Counted(name, ledger)
        yield _Ways(
            ByWorker(installed, counted[WORKER]),
            ByStatement(urls[BARE], counted[BARE]),
            OneByOne(installed, urls[SINGLE], counted[SINGLE]),
        )


def _compare(report: Report, ways: _Ways) -> None:
    rates = {name: counted.rates for name, counted in ways.counted.items()}
    what, unit = "facts counted, topic to tallies", "/s"
    report.comparisons += [
        Comparison(
            what,
            unit,
            ours=rates[WORKER],
            against="the counting statement alone, rows from memory",
            theirs=rates[BARE],
            aim=0.5,
        ),
        Comparison(
            what,
            unit,
            ours=rates[WORKER],
            against="FastStream, one message and one SQLModel transaction",
            theirs=rates[SINGLE],
            aim=100.0,
        ),
    ]


def _explain(report: Report, ways: _Ways) -> None:
    report.splits.append(
        Split(
            "Counting: where processor time goes",
            "processor seconds per 100,000 records; two cores have 2 per second",
            {
                name: {
                    process: sum(each[process] for each in counted.cpu) / counted.records * _PER
                    for process in counted.cpu[0]
                }
                for name, counted in ways.counted.items()
                if counted.cpu
            },
        )
    )
    worker = ways.worker
    records = worker.counted.records
    seconds = {part: value / records * _PER for part, value in worker.parts.items()}
    rest = worker.window / records * _PER - sum(seconds.values())
    report.splits.append(
        Split(
            "Counting: where the worker's time goes",
            "seconds per 100,000 records",
            {WORKER: seconds | {"poll, waiting and the rest": rest}},
        )
    )
    report.notes.append(
        f"counting: {records / worker.batches:,.0f} records per batch on average, "
        f"at most {FACTS_CONSUMER.max_records:,}"
    )
    for name in (WORKER, BARE):
        report.notes.append(_growth(name, ways.counted[name]))


def _growth(name: str, counted: Counted) -> str:
    """What a batch costs as the ledger grows: the median of each third of the rounds."""
    rates = counted.rates
    third = max(1, len(rates) // 3)
    size = counted.distinct // len(rates)
    told = []
    for first in sorted({0, len(rates) // 2 - third // 2, len(rates) - third}):
        some = rates[first : first + third]
        told.append(
            f"{1000 * 5000 / statistics.median(some):.0f} ms at {(first + third) * size:,} facts"
        )
    return f"{name}: 5,000 records take {', '.join(told)}"


async def _check(report: Report, ways: _Ways) -> None:
    for name, counted in ways.counted.items():
        found = {kind: await counted.ledger.sums(kind) for kind in ("unit", "person")}
        exact = all(sums == counted.sums for sums in found.values())
        facts = await counted.ledger.facts()
        report.check(
            exact and facts == counted.distinct,
            f"{name}: {counted.records:,} records are {facts:,} facts, "
            f"{found['unit'].answers:,} counted; sums of units and of people "
            f"{'exact' if exact else 'differ from what was sent'}",
        )
