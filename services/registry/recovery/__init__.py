"""After a restored backup: what the registry published since then must not be ahead of it."""
