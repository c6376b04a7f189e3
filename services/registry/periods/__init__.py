"""Evaluation periods: months, quarters, years, and how far the evaluation of each has come."""
