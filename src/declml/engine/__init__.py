"""From a spec to a release: a plan that is data, and a run that executes it."""
