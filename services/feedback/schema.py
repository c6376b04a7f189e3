"""The metadata of feedback's database; the ``tables`` of each capability declare into it."""

from shared.db.schema import service_base
from shared.messaging.tables import messaging_tables

Base = service_base()
messaging_tables(Base)
metadata = Base.metadata
