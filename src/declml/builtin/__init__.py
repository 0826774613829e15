"""The components that come with declml, offered through the same hook as anybody's."""
