"""By which parameters satisfaction is computed, for a tenant or for a part of it."""
