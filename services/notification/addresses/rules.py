"""A person as a message needs one."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Contact:
    """``phone`` is +628…, ``language`` id or en."""

    person_id: UUID
    name: str
    email: str | None
    phone: str | None
    language: str
