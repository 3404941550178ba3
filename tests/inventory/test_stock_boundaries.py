"""Exactly at the level, the deadline, the ceiling: which side counts."""
