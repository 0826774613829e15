"""The plugin door: what a component is, which kinds there are, and how components are found."""
