"""Suites that every component of a kind must pass: a guest's test names its component and inherits one of them."""
