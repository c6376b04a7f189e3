"""After a restored backup: what was published since then holds."""
