"""Units and people from CSV files as offices have them: all rows or none, safe to repeat."""
