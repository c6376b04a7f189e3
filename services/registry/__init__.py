"""Who works where, what citizens come for, and by which rules it is measured.

Owns tenants with their units, services and counters; people with their posts, dated assignments,
leaves and reporting lines; indicators, goals and plans; policies, periods and working calendars;
competences and training.
Consumes nothing. Publishes `registry.changes.v1`: the whole state of one entity with each change,
ids only; names and numbers of persons never leave this database by an event.
"""
