"""What the bot asks before it knows the store, and what belongs to no store.

Bot accounts are rows of the platform: the shared one has no store at all. Everything
else found here is loaded again inside the store's scope before anything is written.
"""
