"""Analyses over more than one run."""
