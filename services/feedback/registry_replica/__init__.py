"""What feedback keeps of the registry: which tenants, units, services and people exist, the names
of the first three, which citizens are shown, and which elements policies do not ask for."""
