"""What somebody is told: one row per occasion and person, and the inbox that shows them."""
