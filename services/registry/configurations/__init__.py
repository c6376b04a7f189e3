"""Configurations: in one document what a place is measured by and which rules hold there."""
