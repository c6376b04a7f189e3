"""The login of a person."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Login:
    """`subject` is the `sub` of the tokens that the issuer gives the person."""

    person_id: UUID
    subject: str
    version: int = 1
