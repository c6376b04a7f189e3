"""The organisation: its tree on any day, and each unit with its names over time."""
