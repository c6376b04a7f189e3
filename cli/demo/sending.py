"""The two requests of a visit: the queue system's, and the citizen's."""

from typing import Any

from cli.client import Client, Login
from cli.demo.answers import Answer, Visit
from cli.demo.registration import Registered


async def open_visit(queue: Login, registered: Registered, answer: Answer, visit: Visit) -> str:
    """Tell of a visit; the token with which it can be answered once."""
    body = {
        "ticket": visit.ticket,
        "unit_id": registered.units[answer.desk.unit],
        "service_id": registered.services[answer.desk.service],
        "officer_id": registered.people[visit.officer],
        **visit.times(),
    }
    return str((await queue.post("feedback", "/v1/visits", body))["answer_token"])


async def give_answer(
    client: Client, registered: Registered, body: dict[str, Any], *, key: str
) -> str:
    """Answer as a citizen; with the same key it is the same answer. The id of the fact."""
    url = client.address("feedback", f"/v1/tenants/{registered.tenant}/answers")
    receipt = await client.send("POST", url, body=body, headers={"idempotency-key": key})
    return str(receipt["fact_id"])
