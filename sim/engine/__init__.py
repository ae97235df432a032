"""Engines that run a bound model: PySD is the reference."""
