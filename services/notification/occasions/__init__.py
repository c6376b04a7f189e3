"""What is worth a message, and who is told: from events to notices."""
