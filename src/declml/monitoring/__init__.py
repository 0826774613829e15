"""Watching: a window of predictions or rows against the reference profile of a release.

Heavy libraries are imported when a check runs.
"""
