"""Names of tenants, units and services, which the citizen's page shows.

What is stored already gets its name when `registry.changes.v1` is read again: stop the workers,
`tera consumers rewind --service feedback --to beginning`, start the new ones.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The api login sees one tenant, by its id; whoever types a code knows the tenant's short name. The
# owner's function tells the id that belongs to it, which every answer path shows anyway, and
# nothing else.
_TENANT_OF_SLUG = """
create function tenant_of_slug(wanted text) returns uuid
language sql stable security definer set search_path = public, pg_temp
return (select t.tenant_id from public.tenants t where t.slug = wanted and not t.deleted limit 1)
"""


def upgrade() -> None:
    for table in ("tenants", "units", "services"):
        op.execute(f"alter table {table} add column name text")
    op.execute("create index ix_tenants_slug on tenants (slug)")
    op.execute(_TENANT_OF_SLUG)
    op.execute("revoke all on function tenant_of_slug(text) from public")
    op.execute("grant execute on function tenant_of_slug(text) to tera_feedback_api")
