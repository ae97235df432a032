"""Chinese and English catalogues of everything that a user reads."""
