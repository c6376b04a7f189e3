"""Scoring: the newest index of each unit and period, for digests."""
