"""The posts of units; who holds one is said by assignments."""
