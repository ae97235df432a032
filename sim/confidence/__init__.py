"""The ten tests of confidence that a bundle must pass before its numbers are quoted."""
