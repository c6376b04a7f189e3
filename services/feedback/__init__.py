"""Feedback owns everything that people and systems tell us: visits with their answer tokens,
counters with their codes, and survey answers with comment and profile, which never leave it.

It consumes ``registry.changes.v1`` (tenants, units, services, people: the replica that says what
exists and, but for people, what it is called) and publishes ``feedback.facts.v1`` (every revision
of every answer, by ids only).
Capabilities from below: ``registry_replica``, ``visits`` and ``counters``, ``answers``, ``intake``
and ``paper``.
"""
