"""By which rules a tenant, or a unit of it, is evaluated: dated documents, each of one kind."""
