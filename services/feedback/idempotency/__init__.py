"""How a second try finds the first: by a claim, and by a digest that tells whether it says the
same."""
