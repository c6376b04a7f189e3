"""Who answered: counts for the satisfaction report, never a person."""
