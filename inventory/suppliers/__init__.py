"""Adapters of suppliers: they speak a protocol and return facts."""
