"""Counters with their codes, and the sign that is put up there."""
