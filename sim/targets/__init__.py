"""The plan's targets: what they ask, what a run gives, and the verdict."""
