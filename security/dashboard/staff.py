"""The staff's door: a password, counted before it is looked at; then a second step."""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import BASE_INPUT_CLASSES

from ppob.kit import clock
from ppob.kit.pages import refusal_page
from security import freshness
from security.models import User
from security.services import passwords, sign_in
from security.services.guessing import TooManyTries
from security.services.hashing import Busy
from security.states import SessionKind

BACKEND = "security.services.hashing.PasswordBackend"
_CLASSES = " ".join(BASE_INPUT_CLASSES)


class StaffForm(forms.Form):
    """Account and password of platform staff."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "username",
                "autocapitalize": "none",
                "class": _CLASSES,
            }
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "class": _CLASSES}
        ),
    )


@never_cache
@sensitive_post_parameters("password")
def sign_in_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Ask for the password, then go on to the second step."""
    if request.method == "GET" and site.has_permission(request):
        return redirect("admin:index")
    form = StaffForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user = passwords.check_password(
                request,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                now=clock.now(),
            )
        except (TooManyTries, Busy) as refusal:
            answer = refusal_page(request, refusal)
            answer["Retry-After"] = str(getattr(refusal, "wait_secs", 10))
            return answer
        if user is not None:
            return _go_on(request, user)
        form.add_error(
            None, _("The username or the password is wrong, or it is not a staff's.")
        )
    return render(request, "admin/login.html", _context(site, request, form))


def _go_on(request: HttpRequest, user: User) -> HttpResponse:
    pending = sign_in.Pending(
        user=user,
        kind=SessionKind.STAFF,
        backend=BACKEND,
        target=freshness.next_page(request, otherwise="/admin/"),
    )
    sign_in.begin(request, pending, now=clock.now())
    return redirect("security:second-step")


def _context(site: AdminSite, request: HttpRequest, form: StaffForm) -> dict[str, Any]:
    return {
        **site.each_context(request),
        "form": form,
        "title": _("Log in"),
        "app_path": request.get_full_path(),
    }
