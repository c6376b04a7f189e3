"""HTTP for every service: application factory, problem documents, bearer tokens, paging."""
