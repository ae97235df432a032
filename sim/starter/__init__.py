"""What `sim new` copies: the shipped bundle and scenarios, as installed with the package."""
