"""The data plane of a replica: HTTP, validation, scoring, counting and logging in one pass a tick."""
