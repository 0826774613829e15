"""declml keeps a machine-learning service equal to its YAML."""

__version__ = "0.1.0"
