"""What a notice says, in both languages."""
