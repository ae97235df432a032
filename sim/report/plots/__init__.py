"""Figures of a run and of a comparison: functions from values to a figure; saving is separate."""
