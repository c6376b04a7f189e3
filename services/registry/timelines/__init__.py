"""A person over time: posts and units, leave, who assesses, with the names of it all."""
