"""Policies: what applies to a unit, where each value comes from, and how keepers say otherwise."""
