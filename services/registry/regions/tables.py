"""The table of region codes."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class RegionCode(Base, table=True):  # type: ignore[call-arg, misc]
    """What a code means from `valid_from` until `valid_until`, or until its next row begins.

    Public and of no tenant: the only table of the registry without one.
    """

    __tablename__ = "region_codes"
    __table_args__ = (
        sa.CheckConstraint("authority in ('kemendagri', 'bps')", name="authority"),
        sa.CheckConstraint("valid_until > valid_from", name="dates"),
        sa.Index(None, "authority", "parent"),
    )

    authority: str = Field(sa_type=sa.Text, primary_key=True)
    code: str = Field(sa_type=sa.Text, primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    parent: str | None = Field(default=None, sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
