"""Browsers whose sign-in is fresh, or no longer is.

`client.force_login` counts as a fresh sign-in, as any sign-in does.
"""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from ppob.kit import clock
from security import app_codes
from security.dashboard.staff import BACKEND
from security.freshness import PROOF_KEY
from security.models import User
from security.services import second_factor
from security.session_store import SIGNED_IN_KEY
from security.states import SessionKind


def sign_in_staff(client: Client, user: User) -> None:
    """As if the person had come through the staff's door with both proofs."""
    client.force_login(user, backend=BACKEND)
    if not second_factor.has_one(user):
        Authenticator.objects.create(
            user=user,
            type=second_factor.APP,
            data={"secret": app_codes.seal(app_codes.new_secret(), user_id=user.pk)},
        )
    session = client.session
    at = session[SIGNED_IN_KEY]["at"]
    session[SIGNED_IN_KEY] = {"kind": SessionKind.STAFF.value, "at": at}
    session.save()


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
