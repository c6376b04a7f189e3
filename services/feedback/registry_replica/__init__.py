"""What feedback keeps of the registry: which tenants, units, services and people exist, and the
names of the first three, which citizens are shown."""
