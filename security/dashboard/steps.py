"""The second step at the door, and proving oneself again before something important."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ppob.kit import clock
from ppob.kit.pages import refusals_at
from security import freshness, passkeys
from security.dashboard.forms import CodeForm, PasskeyForm
from security.models import User
from security.services import guessing, second_factor, sign_in
from security.services.sign_in import Pending
from security.states import SessionKind

ASKED_KEY = "passkey_asked"  # what the browser was asked, to compare the answer with


@never_cache
@sensitive_post_parameters("code", "answer")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask whoever is on the way in for the second proof, then let them in."""
    pending = sign_in.find_pending(request, now=clock.now())
    if pending is None:
        return redirect("/")
    if not second_factor.has_one(pending.user):
        return redirect("security:add-app")
    form, factor = _try(request, pending.user)
    if factor:
        return let_in(request, pending, factor=factor)
    context = _context(request, pending.user, form=form)
    return render(request, "security/second_step.html", context)


@never_cache
@sensitive_post_parameters("code", "answer")
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Ask a signed-in person to prove it again, then let them go on where they were.

    Whoever has a second factor uses it; the others sign in with Discord again.
    """
    target = freshness.next_page(request)
    user: Any = request.user
    if not user.is_authenticated:
        return redirect("/")
    if freshness.is_fresh(request, now=clock.now()):
        return redirect(target)
    if not second_factor.has_one(user):
        return render(request, "security/prove.html", {"next": target})
    form, factor = _try(request, user)
    if factor:
        sign_in.proved_again(request, factor=factor, now=clock.now())
        return redirect(target)
    context = _context(request, user, form=form) | {"next": target}
    return render(request, "security/prove.html", context)


def let_in(request: HttpRequest, pending: Pending, *, factor: str) -> HttpResponse:
    """Finish the sign-in, and go where the person wanted to."""
    sign_in.finish(request, pending, factor=factor, now=clock.now())
    return with_device(redirect(pending.target), pending)


def with_device(response: HttpResponse, pending: Pending) -> HttpResponse:
    """Let the staff's browser be known from now on: strangers cannot lock it out."""
    if pending.kind == SessionKind.STAFF:
        response.set_cookie(
            guessing.DEVICE_COOKIE,
            guessing.device_cookie(pending.user.get_username()),
            max_age=guessing.DEVICE_SECS,
            path="/admin/login/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
    return response


def _try(request: HttpRequest, user: User) -> tuple[Any, str]:
    """The form with what is wrong with it, or the factor that was right."""
    if request.method != "POST":
        return CodeForm(), ""
    asked = request.session.pop(ASKED_KEY, None)  # a question is answered once
    if "answer" in request.POST:
        passkey = PasskeyForm(request.POST)
        if passkey.is_valid():
            with refusals_at(passkey):
                return passkey, second_factor.use_passkey(
                    user,
                    state=asked,
                    answer=passkey.cleaned_data["answer"],
                    now=clock.now(),
                )
        return passkey, ""
    form = CodeForm(request.POST)
    if form.is_valid():
        with refusals_at(form):
            return form, second_factor.use_code(
                user, form.cleaned_data["code"], now=clock.now()
            )
    return form, ""


def _context(request: HttpRequest, user: User, *, form: Any) -> dict[str, Any]:
    factors = second_factor.list_factors(user)
    keys = [row for row in factors if row.type == second_factor.PASSKEY]
    context: dict[str, Any] = {
        "form": form if isinstance(form, CodeForm) else CodeForm(),
        "errors": form.errors.values() if isinstance(form, PasskeyForm) else [],
        "has_app": any(row.type == second_factor.APP for row in factors),
        "person": user,
    }
    if keys:
        options, request.session[ASKED_KEY] = passkeys.begin_use(keys)
        context["options"] = json.dumps(options)
    return context
