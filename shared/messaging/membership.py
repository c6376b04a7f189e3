"""A member that is told to join anew must not stay behind as its former self."""

from typing import Any

import structlog
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

log = structlog.get_logger()


class Membership:
    """The membership a consumer has now.

    When a commit meets a rebalance, aiokafka may forget its member id and join as somebody new. Its
    former id is then waited for until the session times out, and one broker keeps it for ever.
    """

    def __init__(self, consumer: Any) -> None:
        self._coordinator: Any = getattr(consumer, "_coordinator", None)
        self._member: str = getattr(self._coordinator, "member_id", "")

    async def end_former(self) -> None:
        """Leave the group with the former id, if the consumer has given it up."""
        if not self._member or self._coordinator.member_id == self._member:
            return
        request = LeaveGroupRequest(self._coordinator.group_id, self._member)
        try:
            await self._coordinator._send_req(request)
        except KafkaError as error:
            log.info(
                "A former membership will end by its session timeout",
                action="consumer.former_member",
                error=type(error).__name__,
            )
