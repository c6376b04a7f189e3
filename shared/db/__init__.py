"""PostgreSQL, the same for every service: one database each, three logins, tenants kept apart."""

from shared.db.errors import is_transient
from shared.db.ids import uuid7
from shared.db.pool import Connection, Pool, open_pool, transaction

__all__ = [
    "Connection",
    "Pool",
    "is_transient",
    "open_pool",
    "transaction",
    "uuid7",
]
