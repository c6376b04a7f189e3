"""Who works where, what citizens come for, and by which rules it is measured.

Consumes nothing. Publishes `registry.changes.v1`: the whole state of one entity with each change,
ids only; names and numbers of persons never leave this database by an event.

Places: `tenants`, `regions`, `units` with `moves` (what changes the tree on a day), `offerings`
(the services citizens come for) and `counters`. People: `people`, `contacts`, `logins`, `posts`,
`assignments`, `reporting_lines` and `leaves`; `careers` changes assignments and lines and tells
what that touches, `timelines` tells them with names. What is measured: `indicators`, `goals` and
`plans`. By which rules: `policies` and `satisfaction` (documents as they are kept), `regulations`
(packs of them), `in_force` (what holds for a unit); `periods`, `calendars` and `working_hours`
(what the calendars say for a unit). Learning: `competences`, `training` and `enrolments`. Across
all of these: `configurations` (a place in one document), `imports` (office files and back),
`history`, and `recovery` after a restored backup. `.importlinter` has their layers.
"""
