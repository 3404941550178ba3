"""Browsers whose sign-in is fresh, or no longer is.

`client.force_login` counts as a fresh sign-in, as any sign-in does.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.test import Client

from ppob.kit import clock
from security.freshness import PROOF_KEY


def age_sign_in(client: Client, *, secs: int | None = None) -> None:
    """The person signed in so long ago that it is no proof any more."""
    session = client.session
    proof = session[PROOF_KEY]
    age = timedelta(seconds=settings.FRESH_SIGN_IN_SECS if secs is None else secs)
    session[PROOF_KEY] = {**proof, "at": (clock.now() - age).isoformat()}
    session.save()


def signed_in_at(client: Client) -> datetime:
    """When the person last proved who they are."""
    return datetime.fromisoformat(client.session[PROOF_KEY]["at"])
