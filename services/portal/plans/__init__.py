"""Plans (SKP): who delivers what, which result of the leader each serves, and the agreement."""
