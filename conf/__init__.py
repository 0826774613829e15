"""The config groups that come with declml."""
