"""After a restored backup: decisions that were published since then hold."""
