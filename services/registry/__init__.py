"""Who works where, what citizens come for, and by which rules it is measured.

Owns tenants, units, people with their contact points and dated assignments, services and
satisfaction policies.
Consumes nothing. Publishes `registry.changes.v1`: the whole state of one entity with each change,
ids only; names and numbers of persons never leave this database by an event.
"""
