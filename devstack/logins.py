"""Who can sign in at the local issuer by a click: a list that the demo writes and tests change."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from devstack.files import write_private


@dataclass(frozen=True, slots=True)
class ReadyLogin:
    """A person who signs in without a password. `place` only says under which heading to list.

    `lifetime` is that of the access token, in seconds.
    """

    name: str
    tenant: str
    person: str = ""
    roles: tuple[str, ...] = ()
    place: str = ""
    lifetime: int = 3_600

    @property
    def claims(self) -> dict[str, object]:
        """The claims that services look for; what is empty is left out."""
        claims: dict[str, object] = {"sub": self.person or self.name, "name": self.name}
        claims |= {"tenant": self.tenant} if self.tenant else {}
        claims |= {"person": self.person} if self.person else {}
        return claims | {"roles": list(self.roles)}


def write_logins(file: Path, logins: Iterable[ReadyLogin]) -> None:
    """Offer exactly these from now on."""
    write_private(file, json.dumps([asdict(login) for login in logins], indent=2))


def read_logins(file: Path) -> list[ReadyLogin]:
    """The offered logins; none where the file was never written."""
    if not file.exists():
        return []
    listed = json.loads(file.read_text())
    return [ReadyLogin(**login | {"roles": tuple(login.get("roles", ()))}) for login in listed]
