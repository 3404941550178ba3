from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Somebody who signs in: a seller or staff member, known by the Discord account.

    Platform staff may also have a password for the admin.
    """

    discord_id = models.BigIntegerField(null=True, blank=True, unique=True)
    display_name = models.CharField(max_length=64, blank=True)
    avatar_url = models.URLField(max_length=300, blank=True)
    language = models.CharField(max_length=2, default="id")

    def __str__(self) -> str:
        return self.display_name or self.username
