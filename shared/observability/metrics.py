"""The catalogue of every metric, each with its type, labels and meaning.

Labels are bounded and never hold personal data; the tenant is a label on at most five counters. A
test holds both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What the catalogue says of one metric; `name` is the one that Prometheus stores."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


CATALOGUE: Final[list[Metric]] = []

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43200, 86400)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


def _listed(name: str, kind: Kind, labels: Sequence[str], meaning: str) -> None:
    CATALOGUE.append(Metric(name, kind, tuple(labels), meaning))


def _counter(name: str, labels: Sequence[str], meaning: str) -> Counter:
    _listed(name, "counter", labels, meaning)
    return Counter(name, meaning, labels, registry=REGISTRY)


def _gauge(name: str, labels: Sequence[str], meaning: str) -> Gauge:
    _listed(name, "gauge", labels, meaning)
    return Gauge(name, meaning, labels, registry=REGISTRY)


def _histogram(
    name: str, labels: Sequence[str], meaning: str, *, buckets: Sequence[float]
) -> Histogram:
    _listed(name, "histogram", labels, meaning)
    return Histogram(name, meaning, labels, buckets=buckets, registry=REGISTRY)


# HTTP
HTTP_REQUESTS = _counter(
    "tera_http_requests_total",
    ["method", "route", "status"],
    "HTTP requests answered, by route template and status class (2xx, 4xx, ...).",
)
HTTP_DURATION = _histogram(
    "tera_http_request_duration_seconds",
    ["method", "route"],
    "Time from the first byte of a request to the end of its answer.",
    buckets=_SECONDS,
)

# Intake: answers committed in groups
INTAKE_ACCEPTED = _counter(
    "tera_intake_accepted_total",
    ["kind", "tenant"],
    "Facts stored together with their outbox row, before the 2xx was sent.",
)
INTAKE_REFUSED = _counter(
    "tera_intake_refused_total",
    ["kind", "reason"],
    "Facts refused at intake, by slug of the problem.",
)
INTAKE_GROUP_SIZE = _histogram(
    "tera_intake_group_size",
    [],
    "Requests committed together in one transaction.",
    buckets=_SIZES,
)
INTAKE_FLUSH_SECONDS = _histogram(
    "tera_intake_flush_seconds",
    [],
    "Time of one group commit, from taking the group to its commit.",
    buckets=_SECONDS,
)

# Outbox and relay
OUTBOX_SIZE = _gauge("tera_outbox_rows", [], "Rows waiting in the outbox of this service.")
OUTBOX_OLDEST_SECONDS = _gauge(
    "tera_outbox_oldest_age_seconds", [], "Age of the oldest row in the outbox; 0 when empty."
)
RELAY_PUBLISHED = _counter(
    "tera_relay_published_total", ["topic"], "Outbox rows published and removed."
)
RELAY_FAILED = _counter(
    "tera_relay_failures_total", ["reason"], "Relay rounds that ended in an error and were retried."
)
RELAY_SECONDS = _histogram(
    "tera_relay_round_seconds",
    [],
    "Time of one relay round of one shard: read, send, commit, delete.",
    buckets=_SECONDS,
)
RELAY_BATCH_SIZE = _histogram(
    "tera_relay_batch_size", [], "Outbox rows published in one transaction.", buckets=_SIZES
)
RELAY_SHARDS = _gauge("tera_relay_shards_held", [], "Outbox shards whose lock this process holds.")

# Consumers
CONSUMER_LAG = _gauge(
    "tera_consumer_lag_records",
    ["topic", "partition", "group"],
    "Records between the committed position and the end of an assigned partition.",
)
CONSUMER_EVENT_AGE_SECONDS = _histogram(
    "tera_consumer_event_age_seconds",
    ["topic", "group"],
    "Age of an event (now minus ce_time) when its effects are committed.",
    buckets=_LONG_SECONDS,
)
CONSUMER_RECORDS = _counter(
    "tera_consumer_records_total", ["topic", "group"], "Records whose effects are committed."
)
CONSUMER_SKIPPED = _counter(
    "tera_consumer_skipped_total",
    ["group"],
    "Records passed over: tombstones, and kinds of events this consumer does not read.",
)
CONSUMER_BATCH_SIZE = _histogram(
    "tera_consumer_batch_size", ["group"], "Records handled in one transaction.", buckets=_SIZES
)
CONSUMER_SECONDS = _counter(
    "tera_consumer_seconds_total",
    ["group", "part"],
    "Where a consumer's time goes: part is poll, decode, work or commit.",
)
CONSUMER_RETRIES = _counter(
    "tera_consumer_retries_total",
    ["group", "reason"],
    "Batches tried again after a transient failure, by class of the failure.",
)
CONSUMER_HALTED = _gauge(
    "tera_consumer_halted",
    ["group"],
    "1 when a consumer has stopped because too many records in a row were bad.",
)
DEAD_LETTERS_PARKED = _counter(
    "tera_dead_letters_parked_total",
    ["group", "reason"],
    "Records set aside as dead letters, by reason code.",
)
DEAD_LETTERS_OPEN = _gauge(
    "tera_dead_letters_open", ["group"], "Dead letters neither replayed nor discarded."
)

# Database
OLDEST_TRANSACTION_SECONDS = _gauge(
    "tera_database_oldest_transaction_age_seconds",
    [],
    "Age of the oldest open transaction in this service's database; old ones slow the outbox.",
)

# Scoring
FACTS_COUNTED = _counter(
    "tera_facts_counted_total",
    ["tenant"],
    "Fact revisions applied to the ledger (superseded and repeated ones excluded).",
)
FACTS_WAITING = _gauge(
    "tera_facts_waiting", [], "Facts in the ledger whose registry entity is not known yet."
)
CARDS_RECOMPUTED = _counter(
    "tera_cards_recomputed_total", ["kind"], "Score cards computed anew, by kind of subject."
)
CARDS_STALE = _gauge("tera_cards_stale", [], "Score cards marked stale and not yet recomputed.")
SET_ASIDE = _gauge(
    "tera_scoring_set_aside",
    ["kind"],
    "What fails and is tried again later: subjects (kind cards) or recounts (kind recount).",
)
ANSWER_TO_SCORE_SECONDS = _histogram(
    "tera_answer_to_score_seconds",
    [],
    "Time from receiving an answer to the score that contains it being stored.",
    buckets=_LONG_SECONDS,
)

# Notification
NOTICES = _counter("tera_notices_total", ["occasion"], "Notices made, one per person who is told.")
NOTICES_GIVEN_UP = _counter(
    "tera_notices_given_up_total",
    ["occasion"],
    "Occasions of which nobody was told: what they concern, or its readers, never became known.",
)
OCCASIONS_WAITING = _gauge(
    "tera_occasions_waiting", [], "Occasions that wait for a unit or for somebody to be told."
)
INBOX_STREAMS = _gauge("tera_inbox_streams", [], "Inboxes that are open in somebody's browser.")
DELIVERIES = _counter(
    "tera_notification_deliveries_total",
    ["channel", "outcome"],
    "Messages that came to an end: delivered, failed (tried until their time was over), skipped.",
)
DELIVERY_ATTEMPTS = _counter(
    "tera_notification_attempts_total",
    ["channel", "result"],
    "Attempts to hand a message over, by what came of it.",
)
DELIVERIES_DUE = _gauge(
    "tera_notification_due", [], "Messages whose moment has come and that have not ended."
)
DELIVERIES_OLDEST_DUE_SECONDS = _gauge(
    "tera_notification_oldest_due_seconds",
    [],
    "How long the oldest message that is due has been due; 0 when none is.",
)
