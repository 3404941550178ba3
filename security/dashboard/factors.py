"""One's own account: the second step, and what happened at its doors."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages, refusals_at
from security import app_codes, crypto, freshness, passkeys
from security.dashboard.door_words import words_of
from security.dashboard.forms import AppCodeForm, NewPasskeyForm
from security.dashboard.own import own_page
from security.dashboard.steps import ASKED_KEY, with_device
from security.models import User
from security.services import doors, second_factor, sign_in
from security.services.sign_in import Pending

NEW_APP_KEY = "new_app"


@require_safe
@own_page()
def account(request: HttpRequest) -> HttpResponse:
    """The person's second step and the last sign-ins."""
    user = _user(request)
    factors = second_factor.list_factors(user)
    context = {
        "factors": factors,
        "emergency_codes": second_factor.count_emergency_codes(user),
        "has_app": any(row.type == second_factor.APP for row in factors),
        "entries": [(words_of(entry), entry) for entry in doors.list_own(user)],
    }
    return render(request, "security/account.html", context)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: HttpRequest) -> HttpResponse:
    """Connect an authenticator app: show its secret, ask for its first code."""
    user, pending, answer = _who_adds(request)
    if answer is not None:
        return answer
    secret = _new_app(request, user)
    form = AppCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            codes = second_factor.add_app(
                user, secret=secret, code=form.cleaned_data["code"], now=clock.now()
            )
            request.session.pop(NEW_APP_KEY, None)
            return _added(request, pending, codes, factor=second_factor.APP.value)
    address = app_codes.address_for(secret, name=user.get_username())
    context = {
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "address": address,
        "picture": app_codes.picture_of(address),
        "is_at_the_door": pending is not None,
        "person": user,
    }
    return render(request, "security/add_app.html", context)


@never_cache
@sensitive_post_parameters("answer")
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Register a passkey of this device or of a security key."""
    user, pending, answer = _who_adds(request)
    if answer is not None:
        return answer
    form = NewPasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = request.session.pop(ASKED_KEY, None)
        with refusals_at(form):
            codes = second_factor.add_passkey(
                user,
                name=form.cleaned_data["name"],
                state=asked,
                answer=form.cleaned_data["answer"],
                now=clock.now(),
            )
            return _added(request, pending, codes, factor=second_factor.PASSKEY.value)
    known = [
        row
        for row in second_factor.list_factors(user)
        if row.type == second_factor.PASSKEY
    ]
    options, request.session[ASKED_KEY] = passkeys.begin_registration(user, known)
    context = {
        "form": form,
        "options": json.dumps(options),
        "is_at_the_door": pending is not None,
    }
    return render(request, "security/add_passkey.html", context)


@require_POST
@own_page(fresh=True)
def remove_factor(request: HttpRequest, factor: int) -> HttpResponse:
    """Take an app or a passkey away."""
    with refusals_as_messages(request):
        second_factor.remove(_user(request), factor, now=clock.now())
        messages.success(request, _("It was removed and opens nothing any more."))
    return redirect("security:account")


@require_POST
@own_page(fresh=True)
def new_codes(request: HttpRequest) -> HttpResponse:
    """Make new emergency codes and show them this once."""
    codes = second_factor.new_emergency_codes(_user(request), now=clock.now())
    return _show_codes(request, codes, target="")


def _who_adds(
    request: HttpRequest,
) -> tuple[User, Pending | None, HttpResponse | None]:
    """Who adds a factor: somebody signed in freshly, or staff on the way in.

    On the way in only somebody without any factor may add one: a password alone must
    not be enough to add a second key beside the owner's.
    """
    user: Any = request.user
    if user.is_authenticated:
        is_fresh = freshness.is_fresh(request, now=clock.now())
        return user, None, None if is_fresh else freshness.ask_again(request)
    pending = sign_in.find_pending(request, now=clock.now())
    if pending is None:
        return user, None, redirect("/")
    if second_factor.has_one(pending.user):
        return user, None, redirect("security:second-step")
    return pending.user, pending, None


def _added(
    request: HttpRequest, pending: Pending | None, codes: list[str], *, factor: str
) -> HttpResponse:
    if pending is None:
        messages.success(request, _("Your second step is set up."))
        if not codes:
            return redirect("security:account")
        return _show_codes(request, codes, target="")
    sign_in.finish(request, pending, factor=factor, now=clock.now())
    response = _show_codes(request, codes, target=pending.target)
    return with_device(response, pending)


def _show_codes(request: HttpRequest, codes: list[str], *, target: str) -> HttpResponse:
    return render(
        request, "security/emergency_codes.html", {"codes": codes, "target": target}
    )


def _new_app(request: HttpRequest, user: User) -> str:
    """The secret that is being set up: the same until it works, sealed meanwhile."""
    kept = request.session.get(NEW_APP_KEY)
    if kept:
        try:
            return app_codes.open_sealed(kept, user_id=user.pk)
        except crypto.CannotOpen:
            pass  # another account's, from before it signed in here
    secret = app_codes.new_secret()
    request.session[NEW_APP_KEY] = app_codes.seal(secret, user_id=user.pk)
    return secret


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user
