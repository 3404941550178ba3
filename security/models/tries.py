from django.db import models


class TryCount(models.Model):
    """How often something was tried that may be guessed or forged, in a window.

    `key` is a hash of what is counted: an account from an address, an address, an
    account, a source of refused news in an hour. Counted in the database because it
    must be exact for all processes together, and because without the database nobody
    signs in anyway.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]}… {self.count}"
