"""Visits and the single-use tokens by which each can be answered once."""
