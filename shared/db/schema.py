"""The base of a service's tables: its own metadata, named constraints, UTC timestamps."""

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def service_base() -> Any:
    """A SQLModel base of which the tables of exactly one service are made.

    A ``metadata`` in the body of a SQLModel class is ignored; only a registry separates services.
    """

    class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
        """Tables of one service."""

    return Base
