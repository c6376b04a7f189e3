"""The metadata of notification's database; the ``tables`` of each capability declare into it."""

import sqlalchemy as sa

from shared.db.schema import service_base
from shared.messaging.tables import messaging_tables

Base = service_base()
metadata: sa.MetaData = Base.metadata

messaging_tables(Base)
