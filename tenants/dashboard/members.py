"""Who works in the store: inviting, roles, sending away, leaving, handing over."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages, refusals_at, render_live
from tenants import access, selectors
from tenants.auth import StoreRequest, store_page
from tenants.dashboard.forms import InvitationForm
from tenants.models import Handover, Member
from tenants.permissions import PERMISSIONS_OF, Permission
from tenants.services import handovers, invitations
from tenants.services import members as staff
from tenants.states import Role


@dataclass(frozen=True)
class Card:
    """One person, and what the reader may do about them."""

    member: Member
    is_reader: bool
    grants: list[Role]
    may_take_over: bool


@require_safe
@store_page(Permission.SEE_STORE)
def members(request: StoreRequest, store: str) -> HttpResponse:
    """Who works in the store, what their roles allow, and who is invited."""
    reader, now = request.member, clock.now()
    people = selectors.list_members()
    offer = selectors.find_handover(now=now)
    may_edit = reader.may(Permission.EDIT_MEMBERS)
    context = {
        "cards": [_card(member, reader) for member in people],
        "may_edit": may_edit,
        "may_leave": reader.role != Role.OWNER or _owners(people) > 1,
        "invitations": selectors.list_invitations(now=now) if may_edit else [],
        "offer": offer if offer is None or _concerns(offer, reader) else None,
        "is_taker": offer is not None and offer.taker_id == reader.user_id,
        "roles": [(role, rights_of(role)) for role in Role],
        "section": "members",
    }
    return render_live(
        request, "tenants/members.html", "tenants/_members.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_MEMBERS, fresh=True)
def invite_member(request: StoreRequest, store: str) -> HttpResponse:
    """Make an invitation; its link is on the answer and nowhere else."""
    form = InvitationForm(request.POST or None, member=request.member)
    context = {
        "form": form,
        "roles": [(role, rights_of(role)) for role in form.roles],
        "section": "members",
    }
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            made = invitations.invite(
                actor=request.member, draft=form.draft(), now=clock.now()
            )
        if not form.errors:
            path = reverse("tenants:invitation", args=[made.token])
            context |= {
                "invitation": made.invitation,
                "link": request.build_absolute_uri(path),
            }
            return render(request, "tenants/invited.html", context)
    return render(request, "tenants/invite.html", context)


@require_POST
@store_page(Permission.EDIT_MEMBERS, fresh=True)
def revoke_invitation(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """Withdraw an open invitation."""
    invitation = access.access_invitation(request.member, public_id)
    with refusals_as_messages(request):
        invitations.revoke(actor=request.member, invitation=invitation, now=clock.now())
        messages.success(request, _("The invitation was withdrawn."))
    return _back(store)


@require_POST
@store_page(Permission.EDIT_MEMBERS, fresh=True)
def change_role(request: StoreRequest, store: str, member_id: int) -> HttpResponse:
    """Give somebody another role."""
    with refusals_as_messages(request):
        changed = staff.change_role(
            actor=request.member,
            member_id=member_id,
            role=request.POST.get("role", ""),
            seen_role=request.POST.get("seen_role", ""),
            now=clock.now(),
        )
        messages.success(
            request,
            _("%(name)s is %(role)s now.")
            % {"name": changed.user, "role": Role(changed.role).label},
        )
    return _back(store)


@require_POST
@store_page(Permission.EDIT_MEMBERS, fresh=True)
def remove_member(request: StoreRequest, store: str, member_id: int) -> HttpResponse:
    """Send somebody away."""
    with refusals_as_messages(request):
        staff.remove_member(actor=request.member, member_id=member_id, now=clock.now())
        messages.success(
            request, _("Removed. This person cannot open the store any more.")
        )
    return _back(store)


@require_POST
@store_page(Permission.SEE_STORE)
def leave_store(request: StoreRequest, store: str) -> HttpResponse:
    """Stop working here."""
    with refusals_as_messages(request):
        staff.leave_store(actor=request.member, now=clock.now())
        messages.success(
            request,
            _("You have left “%(store)s”.") % {"store": request.tenant.name},
        )
        return redirect("tenants:stores")
    return _back(store)


@require_POST
@store_page(Permission.EDIT_MEMBERS, fresh=True)
def offer_store(request: StoreRequest, store: str, member_id: int) -> HttpResponse:
    """Offer the store to somebody who works here."""
    with refusals_as_messages(request):
        offer = handovers.offer_store(
            actor=request.member, member_id=member_id, now=clock.now()
        )
        messages.success(
            request,
            _("Offered. As soon as %(name)s accepts, the store is theirs.")
            % {"name": offer.taker},
        )
    return _back(store)


@require_POST
@store_page(Permission.EDIT_MEMBERS, fresh=True)
def withdraw_offer(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Take the offer back."""
    offer = access.access_handover(request.member, public_id)
    with refusals_as_messages(request):
        handovers.withdraw_offer(actor=request.member, offer=offer, now=clock.now())
        messages.success(request, _("The offer was taken back."))
    return _back(store)


@require_POST
@store_page(Permission.SEE_STORE, fresh=True)
def answer_offer(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Accept the store, or say no."""
    offer = access.access_handover(request.member, public_id)
    with refusals_as_messages(request):
        if request.POST.get("answer") == "yes":
            handovers.accept_offer(actor=request.member, offer=offer, now=clock.now())
            messages.success(request, _("The store is yours now."))
        else:
            handovers.decline_offer(actor=request.member, offer=offer, now=clock.now())
            messages.success(request, _("You declined. Nothing was changed."))
    return _back(store)


def rights_of(role: Role) -> list[Promise]:
    """What a role may do, in words."""
    return [right.label for right in Permission if right in PERMISSIONS_OF[role]]


def _card(member: Member, reader: Member) -> Card:
    is_reader = member.pk == reader.pk
    may_touch = reader.may_grant(member.role)
    return Card(
        member=member,
        is_reader=is_reader,
        grants=[role for role in Role if may_touch and reader.may_grant(role)],
        may_take_over=reader.role == Role.OWNER and member.role != Role.OWNER,
    )


def _concerns(offer: Handover, reader: Member) -> bool:
    return reader.role == Role.OWNER or offer.taker_id == reader.user_id


def _owners(people: list[Member]) -> int:
    return sum(member.role == Role.OWNER for member in people)


def _back(store: str) -> HttpResponse:
    return redirect("tenants:members", store)
