"""Imports: an office file is checked, its errors are shown cell by cell, then it is taken over."""
