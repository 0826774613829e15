"""A project is one spec and its store: where the engine, serving and monitoring meet."""

from declml.project.project import Project

__all__ = ["Project"]
