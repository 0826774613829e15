"""The list of packages: those under src, and `conf/` as `declml.conf` (pyproject.toml cannot say both)."""

from setuptools import find_packages, setup

setup(packages=[*find_packages("src"), "declml.conf"])
