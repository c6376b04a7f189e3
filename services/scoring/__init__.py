"""Scoring: what citizens' answers add up to.

Owns the ledger of facts, the tallies, and the satisfaction cards of units and people. Consumes
``feedback.facts.v1`` and ``registry.changes.v1`` (of which it keeps the replica it needs),
publishes ``scoring.results.v1``.
"""
