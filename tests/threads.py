"""Work in other threads that gives its connections back: the pool holds ten."""

from functools import partial

from channels.db import database_sync_to_async

in_thread = partial(database_sync_to_async, thread_sensitive=False)
