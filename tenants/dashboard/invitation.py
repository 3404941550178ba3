"""The page behind an invitation's link: open to everybody, and silent to most.

Whoever is not signed in reads the same for every link. After that, a wrong link is an
address that does not exist.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ppob.kit import clock, rate
from ppob.kit.errors import DomainError
from security.models import User
from security.origin import find_ip
from tenants.dashboard.members import rights_of
from tenants.services import invitations
from tenants.services.invitations import ForAnotherAccount, NoInvitation
from tenants.states import Role

MOST_TRIES, TRIES_SECS = 30, 600


class TooManyTries(DomainError):
    """Somebody opens link after link."""

    code = "TOO_MANY_TRIES"
    http_status = 429
    default = _("Too many tries. Please wait ten minutes.")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in, see which store and which role, and say yes."""
    if not request.user.is_authenticated:
        return render(request, "tenants/invitation_sign_in.html")
    user, now = request.user, clock.now()
    _count_a_try(user)
    try:
        if request.method == "POST":
            joined = invitations.accept(user=user, token=token, now=now)
            return redirect("home:overview", joined.tenant.slug)
        found = invitations.get_invitation(user=user, token=token, now=now)
    except NoInvitation:
        raise  # like every address that does not exist
    except DomainError as refusal:
        context = {
            "refusal": refusal,
            "is_other_account": isinstance(refusal, ForAnotherAccount),
        }
        page = "tenants/invitation_over.html"
        return render(request, page, context, status=refusal.http_status)
    context = {
        "invitation": found,
        "store": found.tenant,
        "rights": rights_of(Role(found.role)),
    }
    return render(request, "tenants/invitation.html", context)


def _count_a_try(user: User) -> None:
    for who in (f"user-{user.pk}", f"address-{find_ip()}"):
        key = f"invitation-tries:{who}"
        if rate.is_over(key, limit=MOST_TRIES, secs=TRIES_SECS):
            raise TooManyTries
