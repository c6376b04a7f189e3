"""HTTP to addresses that tenants name: never into our own network."""
