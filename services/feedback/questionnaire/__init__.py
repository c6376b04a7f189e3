"""What a citizen is asked, and about which office, before answering."""
