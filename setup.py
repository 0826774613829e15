"""The list of packages: those under src, and `conf/` as `declml.conf` (pyproject.toml cannot say both)."""

from setuptools import find_namespace_packages, find_packages, setup

groups = [f"declml.conf.{group}" for group in find_namespace_packages("conf", exclude=["__pycache__*"])]
setup(packages=[*find_packages("src"), "declml.conf", *groups])
