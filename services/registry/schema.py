"""The tables of the registry: one metadata, filled by the `tables` module of each capability."""

import sqlalchemy as sa

from shared.db.schema import service_base
from shared.messaging.tables import messaging_tables

Base = service_base()
metadata: sa.MetaData = Base.metadata

messaging_tables(Base)

# Lets a GiST index compare ids for equality without btree_gist, which not every server ships.
_UUIDRANGE = sa.DDL("create type uuidrange as range (subtype = uuid)")  # type: ignore[no-untyped-call]
sa.event.listen(metadata, "before_create", _UUIDRANGE)
