"""The statements by which a migration has the changes of a table recorded.

Triggers see every writer: routes, imports, timers, a recovery, and a hand at the database.
"""

from typing import Final

RECORDER: Final = """
create function record_changes() returns trigger language plpgsql as $$
declare
    recorded_kind constant text := tg_argv[0];
    identity constant text := tg_argv[1];
    who constant text := nullif(current_setting('tera.actor', true), '');
    who_person constant uuid := nullif(current_setting('tera.person', true), '')::uuid;
begin
    if tg_op = 'INSERT' then
        insert into history (tenant_id, kind, entity_id, changed_at, actor, actor_person_id, after)
        select n.tenant_id, recorded_kind, (to_jsonb(n) ->> identity)::uuid, now(), who, who_person,
               to_jsonb(n)
        from new_rows n;
    elsif tg_op = 'UPDATE' then
        insert into history
            (tenant_id, kind, entity_id, changed_at, actor, actor_person_id, before, after)
        select n.tenant_id, recorded_kind, (to_jsonb(n) ->> identity)::uuid, now(), who, who_person,
               to_jsonb(o), to_jsonb(n)
        from new_rows n
        join old_rows o on o.tenant_id = n.tenant_id
             and to_jsonb(o) ->> identity = to_jsonb(n) ->> identity
        where to_jsonb(o) <> to_jsonb(n);
    else
        insert into history (tenant_id, kind, entity_id, changed_at, actor, actor_person_id, before)
        select o.tenant_id, recorded_kind, (to_jsonb(o) ->> identity)::uuid, now(), who, who_person,
               to_jsonb(o)
        from old_rows o;
    end if;
    return null;
end
$$
"""


def record_changes(table: str, kind: str, *, identity: str = "id") -> list[str]:
    """Statements that record each change of ``table`` under ``kind``; ``identity`` is the column
    that tells its rows apart inside a tenant. Rows hold ``tenant_id``."""
    arguments = f"for each statement execute function record_changes('{kind}', '{identity}')"
    return [
        f"create trigger record_insert after insert on {table} "
        f"referencing new table as new_rows {arguments}",
        f"create trigger record_update after update on {table} "
        f"referencing old table as old_rows new table as new_rows {arguments}",
        f"create trigger record_delete after delete on {table} "
        f"referencing old table as old_rows {arguments}",
    ]
