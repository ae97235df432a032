"""Any model file, its own numbers, and what a user sets: the public Python interface."""
