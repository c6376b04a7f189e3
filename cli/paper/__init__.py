"""Answers taken on paper: from a CSV, through feedback, to the score."""
