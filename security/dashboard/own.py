"""Pages about one's own account: who may see them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from ppob.kit import clock
from security import freshness

Page = Callable[..., HttpResponse]


def own_page(*, fresh: bool = False) -> Callable[[Page], Page]:
    """Let signed-in people in; with `fresh`, those who signed in a moment ago.

    What stands on these pages stays out of every cache.
    """

    def decorate(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if fresh and not freshness.is_fresh(request, now=clock.now()):
                return freshness.ask_again(request)
            return page(request, *args, **kwargs)

        return never_cache(guarded)

    return decorate
