"""Counters without a queue system: a printed code stands for a unit and a service."""
