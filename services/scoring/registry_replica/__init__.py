"""Registry: the entities that attribution and policies need, as last heard of."""
