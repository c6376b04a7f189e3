"""Web-hooks: a tenant's own systems hear of each occasion, signed, ids and numbers only."""
