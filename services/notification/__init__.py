"""Notification: who hears about it.

Owns occasions (what is worth a message), the notices made of them, each person's inbox and
preferences, and what became of every message. Consumes ``registry.changes.v1``,
``feedback.facts.v1`` and ``scoring.results.v1`` (of which it keeps the replicas it needs),
publishes ``notification.deliveries.v1``.
"""
