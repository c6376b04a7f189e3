"""Where a person works and who assesses: what changes it, and what that touches besides."""
