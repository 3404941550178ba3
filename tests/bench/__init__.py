"""Measurements, not tests: ratios between things measured in the same run."""
