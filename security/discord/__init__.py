"""Signing in with Discord: the only way sellers get in."""
