"""Checking the password of platform staff: counted first, looked at afterwards."""

from datetime import datetime

from django.contrib.auth import authenticate
from django.http import HttpRequest

from security import origin
from security.models import User
from security.services import doors, guessing
from security.services.guessing import TooManyTries


def check_password(
    request: HttpRequest, *, username: str, password: str, now: datetime
) -> User | None:
    """The staff account with this password, or None.

    Raises TooManyTries before the password is looked at, and Busy when too many are
    being looked at already.
    """
    ip = origin.find_ip()
    try:
        guessing.count_password(request, username=username, ip=ip, now=now)
    except TooManyTries as refusal:
        if refusal.is_first:
            doors.record(
                "sign_in.blocked",
                user=_known(username),
                by=doors.VISITOR,
                now=now,
                secs=refusal.wait_secs,
            )
        raise
    user = authenticate(request, username=username, password=password)
    if user is None:
        doors.record("sign_in.failed", user=_known(username), by=doors.VISITOR, now=now)
        return None
    guessing.password_was_right(request, username=username, ip=ip)
    return user


def _known(username: str) -> User | None:
    # PostgreSQL takes no NUL, so no account has one.
    if "\0" in username:
        return None
    return User.objects.filter(username=username).first()
