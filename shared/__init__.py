"""What every service does the same way: contracts, messaging, databases, HTTP, observability."""
