"""The tree of offices inside a tenant."""
