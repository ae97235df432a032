"""The documentation of a model as one page, made from its bundle."""
