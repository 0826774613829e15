"""From files and overrides to a spec: Hydra behind one door, the place of every value, every mistake at once."""
