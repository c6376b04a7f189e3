"""Registry: the tree of units, their names, and who answers for them, as last heard of."""
