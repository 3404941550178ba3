"""The start page, the language, and what every page knows about the installation."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from security.freshness import is_ours
from security.language import LANGUAGES

YEAR_SECS = 365 * 24 * 3600


def site(request: HttpRequest) -> dict[str, object]:
    """Template variables of the installation itself."""
    return {
        "is_simulated": settings.IS_SIMULATED,
        "local_discord": settings.SIMULATOR_URL if settings.IS_SIMULATED else "",
        "discord_site": settings.DISCORD["SITE"],
    }


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What this is, and the way in."""
    return render(request, "home/landing.html", {"next": request.GET.get("next", "")})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language, for the account too, and go back."""
    target = request.POST.get("next", "")
    response = redirect(target if is_ours(request, target) else "/")
    language = request.POST.get("language", "")
    if language not in LANGUAGES:
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_SECS,
        samesite="Lax",
        httponly=True,
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    if request.user.is_authenticated and request.user.language != language:
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response


@require_safe
def product_picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A product's picture: public, under a random name that never changes its content.

    Other uploads (files of tickets) are not reachable this way.
    """
    path = f"products/{name}"
    if not name.endswith(".webp") or not default_storage.exists(path):
        raise Http404
    response = FileResponse(default_storage.open(path), content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={YEAR_SECS}, immutable"
    return response
