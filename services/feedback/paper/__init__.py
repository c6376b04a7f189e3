"""Answers taken on paper, sent in by an officer batch by batch."""
