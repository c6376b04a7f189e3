"""Notices for the person who is signed in, and how they want to be told."""
