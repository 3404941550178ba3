"""Servers die while people buy: PostgreSQL, Valkey, workers and the bot.

Everything here is a real process on servers of the run's own. Buyers place and pay
orders the way buyers do: what ended in an error is unknown to them, and they repeat it
with the same request key. When the servers are back, every order must come to its
right end within a minute, nothing may be doubled, and every rule must hold.
"""
