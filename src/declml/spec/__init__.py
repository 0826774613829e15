"""The typed, frozen form of the YAML."""

from declml.spec.root import ProjectSpec

__all__ = ["ProjectSpec"]
