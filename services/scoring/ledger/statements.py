"""The text of the counting and recounting statements, made once from the lists of columns.

Both attribute with the same fragment and end in the same way: new minus old is added to the
tallies, and a mark is left for each key that moved.
"""
# ruff: noqa: S608 - made of constants of this module, never of values

from services.scoring.ledger.rules import ALL_SERVICES, COUNTS, ELEMENTS, MARKS, TALLY_KEY
from services.scoring.registry_replica.changes import REPLICA_LOCK

FIELDS = (
    "tenant_id",
    "fact_id",
    "revision",
    "counted",
    "state",
    "unit_id",
    "service_id",
    "officer_id",
    "occurred_at",
    "received_at",
    *ELEMENTS,
)
"""What an event says of a fact: the columns of a row that is given to ``store.count``."""

_TYPES = (
    "uuid",
    "uuid",
    "int",
    "bool",
    "text",
    "uuid",
    "uuid",
    "uuid",
    "timestamptz",
    "timestamptz",
    *("smallint" for _ in ELEMENTS),
)

_ATTRIBUTION = ("month", "person_unit_id")
_LEDGER = (*FIELDS, *_ATTRIBUTION)
_COUNTED = tuple(c for c in _LEDGER if c not in {"fact_id", "revision", "state", "occurred_at"})
"""What decides where and what a revision adds."""


def _list(columns: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{column}" for column in columns)


def _attributed(source: str) -> str:
    """CTEs that give the rows of ``source`` (fields of facts) their ``month`` and
    ``person_unit_id`` as of now, ordered by tenant and fact.

    ``ledger.rules.attribute`` says the same in Python. A deleted entity still is a known one. One
    sort for all finds the best assignment of each; a subquery per fact took five times as long.
    """
    return f"""
placed as (
    select i.*, case when u.id is not null and s.id is not null
                     then (i.occurred_at at time zone t.zone)::date end as day
    from {source} i
    left join tenants t on t.tenant_id = i.tenant_id and t.id = i.tenant_id
    left join units u on u.tenant_id = i.tenant_id and u.id = i.unit_id
    left join services s on s.tenant_id = i.tenant_id and s.id = i.service_id
    offset 0),
attributed as (
    select distinct on (i.tenant_id, i.fact_id)
           i.*, date_trunc('month', i.day::timestamp)::date as month, a.unit_id as person_unit_id
    from placed i
    left join assignments a on a.tenant_id = i.tenant_id and a.person_id = i.officer_id
        and not a.deleted and a.valid_from <= i.day
        and (a.valid_until is null or a.valid_until > i.day)
    order by i.tenant_id, i.fact_id, a.unit_id <> i.unit_id, not a.definitive, a.id)"""


_ANSWERED = " | ".join(
    f"case when {element} is null then 0 else {1 << bit} end"
    for bit, element in enumerate(ELEMENTS)
)

_MOVED = f"""
moved as (
    select tenant_id, unit_id, service_id, officer_id, person_unit_id, month,
           ({_ANSWERED})::smallint as answered, sum(sign)::int as answers,
           min(received_at) filter (where sign = 1) as received_at,
           {
    ", ".join(
        f"coalesce(sum(sign) filter (where {e} = {m}), 0)::int as {e}_{m}"
        for e in ELEMENTS
        for m in MARKS
    )
}
    from signed
    group by 1, 2, 3, 4, 5, 6, 7),
delta as (
    select tenant_id, subject_kind, subject_id, unit_id, service_id, month, answered,
           sum(answers)::int as answers, min(received_at) as received_at,
           {", ".join(f"sum({c})::int as {c}" for c in COUNTS)}
    from (
        select tenant_id, 'unit' as subject_kind, unit_id as subject_id, unit_id, service_id,
               month, answered, answers, received_at, {_list(COUNTS)} from moved
        union all
        select tenant_id, 'person', officer_id, person_unit_id, service_id,
               month, answered, answers, received_at, {_list(COUNTS)} from moved
        where person_unit_id is not null) subjects
    group by 1, 2, 3, 4, 5, 6, 7)"""

_ADD = f"""
added as (
    insert into tallies as t ({_list(TALLY_KEY)}, answers, {_list(COUNTS)})
    select {_list(TALLY_KEY)}, answers, {_list(COUNTS)} from delta
    order by {_list(TALLY_KEY)}
    on conflict ({_list(TALLY_KEY)}) do update set answers = t.answers + excluded.answers,
        {", ".join(f"{c} = t.{c} + excluded.{c}" for c in COUNTS)})"""


def _marks(cause: str, *, received_at: str) -> str:
    # A person's cards are over all services; one mark does for them.
    return f"""
marks as (
    insert into stale_marks (tenant_id, subject_kind, subject_id, unit_id, service_id, month,
                             cause, received_at)
    select tenant_id, subject_kind, subject_id, unit_id,
           case subject_kind when 'unit' then service_id else '{ALL_SERVICES}' end, month,
           {cause}, {received_at}
    from delta group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6)"""


_SIGNED = f"""
signed as (
    select 1 as sign, {_list(tuple(f"new_{c} as {c}" for c in _COUNTED))} from changed
    where new_counted and new_month is not null
    union all
    select -1, {_list(tuple(f"old_{c}" for c in _COUNTED))} from changed
    where had and old_counted and old_month is not null)"""

PREPARE = f"""
select pg_advisory_xact_lock_shared({REPLICA_LOCK});
create temporary table if not exists incoming ({
    ", ".join(f"{field} {type_}" for field, type_ in zip(FIELDS, _TYPES, strict=True))
}) on commit delete rows;
delete from incoming
"""
"""In front of every count: waits for a registry change in hand, whose entities must be seen. The
table may hold rows of an earlier count of the transaction."""

COUNT = f"""
with newest as materialized (
    select distinct on (tenant_id, fact_id) * from incoming
    order by tenant_id, fact_id, revision desc),
{_attributed("newest")},
changed as (
    insert into facts as f ({_list(_LEDGER)})
    select {_list(_LEDGER)} from attributed order by tenant_id, fact_id
    on conflict (tenant_id, fact_id) do update set
        {", ".join(f"{c} = excluded.{c}" for c in _LEDGER[2:])}, counted_at = excluded.counted_at
    where excluded.revision > f.revision
    returning old.fact_id is not null as had,
        {_list(tuple(f"old.{c} as old_{c}" for c in _LEDGER))},
        {_list(tuple(f"new.{c} as new_{c}" for c in _COUNTED))}),
superseded as (
    insert into fact_history ({_list(_LEDGER)})
    select {_list(_LEDGER, "old_")} from changed where had order by old_tenant_id, old_fact_id),
{_SIGNED},
{_MOVED},
{
    _marks(
        "case when sum(answers) > 0 then 'counted' when sum(answers) < 0 then 'excluded'"
        " else 'corrected' end",
        received_at="min(received_at)",
    )
},
{_ADD}
select new_tenant_id as tenant_id, count(*) as applied from changed group by 1
"""
"""Counts what stands in ``incoming``; how many revisions were new, by tenant.

Facts are locked before tallies, both in order, here and in a recount: nobody waits in a circle. Two
such statements in one transaction may."""

RECOUNT = f"""
with page as materialized (
    select {_list(FIELDS)} from facts where tenant_id = $1 and fact_id = any ($2::uuid[])),
{_attributed("page")},
changed as (
    update facts f set month = a.month, person_unit_id = a.person_unit_id
    from attributed a
    where f.tenant_id = a.tenant_id and f.fact_id = a.fact_id
      and (f.month, f.person_unit_id) is distinct from (a.month, a.person_unit_id)
    returning true as had,
        {_list(tuple(f"old.{c} as old_{c}" for c in _COUNTED))},
        {_list(tuple(f"new.{c} as new_{c}" for c in _COUNTED))}),
{_SIGNED},
{_MOVED},
{_marks("'recounted'", received_at="null::timestamptz")},
{_ADD}
select count(*) from changed
"""
"""Attributes the facts $2 of tenant $1 again, whose rows are locked already."""
