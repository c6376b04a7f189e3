"""What routes need to take an address and a secret of a tenant: what may be, and the seal."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.notification.outbound.rules import AddressRefused, check_url
from services.notification.sealing import Seal
from shared.http.problems import Problem, invalid_request
from shared.http.words import FieldProblem
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class OutsideWorld:
    """``loopback`` allows this machine itself, for developers."""

    loopback: bool
    sealing_secret: str | None

    @classmethod
    def from_settings(cls, settings: Settings) -> "OutsideWorld":
        return cls(settings.outbound_loopback, settings.notification_signing_secret)

    def check_url(self, url: str) -> None:
        """422 for an address that nothing may be sent to."""
        try:
            check_url(url, loopback=self.loopback)
        except AddressRefused as refusal:
            raise invalid_request([FieldProblem("url", str(refusal))]) from None

    @property
    def seal(self) -> Seal:
        """501 where the installation has no key to keep secrets with."""
        if not self.sealing_secret:
            raise Problem(
                501,
                "not-configured",
                title="Not configured",
                detail="Nothing was stored: this installation has no key to keep secrets with. "
                "Have an operator set TERA_NOTIFICATION_SIGNING_SECRET.",
            )
        return Seal(self.sealing_secret)


def _outside(request: Request) -> OutsideWorld:
    outside: OutsideWorld = request.app.state.outside
    return outside


Outside = Annotated[OutsideWorld, Depends(_outside)]
