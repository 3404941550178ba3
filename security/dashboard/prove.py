"""Signing in again before something that needs it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from ppob.kit import clock
from security import freshness


@require_safe
def prove(request: HttpRequest) -> HttpResponse:
    """Ask the person to sign in again, then let them go on where they were."""
    target = freshness.next_page(request)
    if not request.user.is_authenticated:
        return redirect("/")
    if freshness.is_fresh(request, now=clock.now()):
        return redirect(target)
    return render(request, "security/prove.html", {"next": target})
