"""The topics of the catalogue, as the broker has them."""

from aiokafka.errors import KafkaError

from cli.doctor.findings import Finding, Patient, error, skipped, warning, why
from shared.contracts import TOPICS
from shared.messaging.topics import NotThere, compare_topics


async def check_topics(patient: Patient) -> list[Finding]:
    bootstrap = patient.settings.kafka_bootstrap
    if bootstrap is None:
        return [skipped("Topics: no broker is known")]
    prefix = patient.settings.topic_prefix
    try:
        states = await compare_topics(bootstrap, TOPICS.values(), prefix=prefix)
    except (KafkaError, NotThere, OSError, TimeoutError) as failure:
        return [
            error(
                f"Kafka at {bootstrap} does not answer ({why(failure)}). Answers are accepted "
                "meanwhile; nothing is counted.",
                "see that the broker runs, and that TERA_KAFKA_BOOTSTRAP is its address",
            )
        ]
    found = []
    for state in states:
        if state.missing:
            found.append(
                error(
                    f"The topic {state.name} does not exist: what belongs there waits in the "
                    "outbox.",
                    "tera topics create --replication-factor 3 (1 where there is one broker)",
                )
            )
        for difference in state.differences:
            found.append(
                warning(
                    f"The topic {state.name} differs: {difference}.",
                    "change the setting with the broker's own kafka-configs, or leave it knowingly",
                )
            )
    return found
