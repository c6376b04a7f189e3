"""Where a person works over time: what changes it, and what such a change touches besides."""
