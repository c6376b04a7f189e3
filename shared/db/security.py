"""Row-level security: the statements a migration runs for each table of tenants' data.

The api login sees the tenants set for its transaction and nothing when none is set; the worker
serves all; the owner migrates and back-fills, and needs a policy too, since security is forced.
"""

from typing import Literal

Privilege = Literal["select", "insert", "update", "delete"]


def isolate_tenants(
    service: str,
    table: str,
    *,
    api: tuple[Privilege, ...] = ("select",),
    worker: tuple[Privilege, ...] = ("select", "insert", "update", "delete"),
    column: str = "tenant_id",
) -> list[str]:
    """Statements that put ``table`` under forced row-level security by ``column``.

    ``api`` and ``worker`` are what each login may do to rows it sees; () means no access.
    """
    visible = (
        f"{column} = any ((select string_to_array("
        "nullif(current_setting('tera.tenants', true), ''), ',')::uuid[])::uuid[])"
    )
    statements = [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy owner on {table} to tera_{service}_owner using (true) with check (true)",
    ]
    if worker:
        statements += [
            f"create policy worker on {table} to tera_{service}_worker "
            "using (true) with check (true)",
            f"grant {', '.join(worker)} on {table} to tera_{service}_worker",
        ]
    if api:
        statements += [
            f"create policy api on {table} to tera_{service}_api "
            f"using ({visible}) with check ({visible})",
            f"grant {', '.join(api)} on {table} to tera_{service}_api",
        ]
    return statements
