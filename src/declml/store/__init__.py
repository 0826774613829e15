"""The memory of a project: immutable artifacts, records of what ran, releases, and names that move."""
