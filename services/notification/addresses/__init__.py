"""Where people are reached: asked of the registry when a message is delivered, never stored."""
