"""Desks where citizens are served, and who serves there when."""
