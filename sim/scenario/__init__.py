"""Scenario files: reading with places, checking, inheritance, origins."""
