"""The table of gateways: one for each tenant that has one."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.notification.schema import Base


class Gateway(Base, table=True):  # type: ignore[call-arg, misc]
    """``headers`` are sealed: one of them is the tenant's key to a service that costs money."""

    __tablename__ = "gateways"
    __table_args__ = (sa.CheckConstraint("version >= 1", name="version"),)

    tenant_id: UUID = Field(primary_key=True)
    url: str = Field(sa_type=sa.Text)
    header_names: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    headers: bytes
    template: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    version: int
