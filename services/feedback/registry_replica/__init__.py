"""What feedback keeps of the registry: which tenants, units, services and people exist."""
