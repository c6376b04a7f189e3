"""Survey answers: facts with revisions, and what officers may do with them."""
