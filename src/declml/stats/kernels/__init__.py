"""Compiled loops; one family a file. A kernel never calls into another file: numba's cache would not see it change."""
