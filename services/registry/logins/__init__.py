"""Which login belongs to which person, where the token does not say it itself."""
