"""What was changed of the registry's entities: when, by whom, from what, to what."""
