"""From a committed row to a counted event: outbox, relay, subscribe, dead letters."""
