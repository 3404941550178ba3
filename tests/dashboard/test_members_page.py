"""The staff's page: inviting, roles, removing, leaving, handing over."""

import re

import pytest
from django.test import Client

from security.models import AuditEntry
from tenants.models import Handover, Invitation, Member
from tenants.permissions import Permission
from tenants.services import handovers, invitations
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import make_member, make_user
from tests.signed_in import age_sign_in
from tests.tenants.people import invite, make_crew, picture, roles

STAFF = "/toko/arcadia/staf/"


def english(member: Member) -> Client:
    browser = browser_of(member)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def crew(in_arcadia):
    return make_crew(in_arcadia)


@pytest.fixture
def page(crew):
    return english(crew.owner)


def words_after(browser, response):
    assert response.status_code == 302
    return text_of(browser.get(response.url))


def test_the_page_lists_everybody_with_their_roles(page, crew):
    words = text_of(page.get(STAFF))

    for member in Member.objects.select_related("user"):
        assert str(member.user) in words
    assert "Confirm payments" in words
    assert "Invite somebody" in words
    assert "Nobody is invited at the moment" in words


@pytest.mark.parametrize("who", ["admin", "cashier", "viewer"])
def test_who_may_not_change_staff_only_reads(crew, who):
    invite(crew.owner)

    response = english(getattr(crew, who)).get(STAFF)

    words = text_of(response)
    assert str(crew.owner.user) in words
    for deed in ("Invite somebody", "Save the role", "Hand the store over", "Withdraw"):
        assert deed not in words
    assert "peran/" not in response.content.decode()
    assert "Leave the store" in words


def test_the_way_to_a_cashier(page, crew):
    """Invite, read the link once, see it listed, and find her in the list."""
    form = text_of(page.get(f"{STAFF}undang/"))
    assert "Only for this Discord account" in form

    made = page.post(f"{STAFF}undang/", {"role": "cashier", "account": "", "days": "7"})

    assert made.status_code == 200
    assert "no-store" in made.headers["Cache-Control"]
    [link] = set(
        re.findall(r"http://testserver/undangan/[\w-]{43}/", made.content.decode())
    )
    listed = page.get(STAFF)
    assert "whoever opens the link first" in text_of(listed)
    assert link not in listed.content.decode()

    sari = make_member_elsewhere()
    joined = english(sari).post(link.removeprefix("http://testserver"))
    assert joined.url == "/toko/arcadia/"
    assert roles()[sari.user_id] == "cashier"
    assert str(sari.user) in text_of(page.get(STAFF))


def make_member_elsewhere():
    member = Member(user=make_member(Role.VIEWER).user, role=Role.VIEWER)
    Member.objects.filter(user=member.user).delete()
    return member


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("role", "boss", "Select a valid choice"),
        ("role", "", "This field is required"),
        ("days", "365", "Select a valid choice"),
        ("account", "not an account", "Enter a Discord user name"),
    ],
)
def test_impossible_terms_are_refused_at_their_field(page, field, value, sentence):
    form = {"role": "cashier", "account": "", "days": "7"}

    response = page.post(f"{STAFF}undang/", form | {field: value})

    assert sentence in text_of(response)
    assert not Invitation.objects.exists()


def test_an_invitation_is_withdrawn(page, crew):
    invite(crew.owner)
    kept = invite(crew.owner)
    first, second = Invitation.objects.order_by("pk")

    response = page.post(f"{STAFF}undangan/{first.public_id}/cabut/")

    assert "was withdrawn" in words_after(page, response)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("revoked", "open")
    assert kept
    again = page.post(f"{STAFF}undangan/{first.public_id}/cabut/")
    assert "has ended" in words_after(page, again)


def test_a_role_is_changed_and_counts_at_the_next_request(page, crew):
    cashier = english(crew.cashier)
    assert cashier.get("/toko/arcadia/pengaturan/").status_code == 403

    response = page.post(
        f"{STAFF}{crew.cashier.pk}/peran/", {"role": "admin", "seen_role": "cashier"}
    )

    assert "is Admin now" in words_after(page, response)
    assert cashier.get("/toko/arcadia/pengaturan/").status_code == 200
    assert roles()[crew.viewer.user_id] == "viewer"


def test_a_stale_page_overwrites_no_role(page, crew):
    Member.objects.filter(pk=crew.cashier.pk).update(role=Role.VIEWER)

    response = page.post(
        f"{STAFF}{crew.cashier.pk}/peran/", {"role": "admin", "seen_role": "cashier"}
    )

    assert "changed in the meantime" in words_after(page, response)
    assert roles()[crew.cashier.user_id] == "viewer"


def test_a_removed_persons_next_request_and_call_are_refused(page, crew):
    browser = english(crew.cashier)
    assert browser.get("/toko/arcadia/pesanan/").status_code == 200
    assert (
        browser.get("/api/v1/orders", headers={"X-Store": "arcadia"}).status_code == 200
    )

    response = page.post(f"{STAFF}{crew.cashier.pk}/keluarkan/")

    assert "Removed" in words_after(page, response)
    for path in ("", "pesanan/", "staf/", "uang/"):
        assert browser.get(f"/toko/arcadia/{path}").status_code == 404
    call = browser.get("/api/v1/orders", headers={"X-Store": "arcadia"})
    assert call.status_code == 404
    assert "Arcadia" not in text_of(browser.get("/toko/"))
    assert browser.get("/toko/").status_code == 200  # the account itself stays
    assert english(crew.viewer).get("/toko/arcadia/pesanan/").status_code == 200


def test_what_she_sends_after_her_removal_has_no_effect(page, crew):
    browser = english(crew.partner)
    browser.get(STAFF)
    page.post(f"{STAFF}{crew.partner.pk}/keluarkan/")
    before = picture()

    for path, form in (
        ("undang/", {"role": "owner", "account": "", "days": "7"}),
        (f"{crew.viewer.pk}/peran/", {"role": "owner", "seen_role": "viewer"}),
        (f"{crew.owner.pk}/keluarkan/", {}),
        ("keluar/", {}),
    ):
        assert browser.post(STAFF + path, form).status_code == 404

    assert picture() == before


def test_leaving_needs_a_second_press_and_ends_at_ones_own_stores(crew):
    browser = english(crew.viewer)
    assert "Yes, I leave" in text_of(browser.get(STAFF))

    response = browser.post(f"{STAFF}keluar/")

    assert response.url == "/toko/"
    assert "You have left “Arcadia”" in text_of(browser.get("/toko/"))
    assert crew.viewer.user_id not in roles()


def test_the_only_owner_reads_why_she_has_to_stay(in_arcadia):
    owner = make_member()
    browser = english(owner)
    assert "Yes, I leave" not in text_of(browser.get(STAFF))

    response = browser.post(f"{STAFF}keluar/")

    assert "A store needs an owner" in words_after(browser, response)
    assert roles() == {owner.user_id: "owner"}


def test_a_store_is_handed_over_in_two_steps(page, crew):
    response = page.post(f"{STAFF}{crew.cashier.pk}/serahkan/")
    assert "As soon as" in words_after(page, response)
    assert roles()[crew.cashier.user_id] == "cashier"
    offer = Handover.objects.get()
    taker = english(crew.cashier)
    assert "wants to hand the store over to you" in text_of(taker.get(STAFF))
    assert "hand the store over to you" not in text_of(english(crew.viewer).get(STAFF))

    answered = taker.post(
        f"{STAFF}serah-terima/{offer.public_id}/jawab/", {"answer": "yes"}
    )

    assert "The store is yours now" in words_after(taker, answered)
    assert roles()[crew.cashier.user_id] == "owner"
    assert roles()[crew.owner.user_id] == "admin"
    assert page.get(f"{STAFF}undang/").status_code == 403


def test_an_offer_is_declined_or_taken_back(page, crew):
    offer = handovers.offer_store(actor=crew.owner, member_id=crew.cashier.pk, now=NOON)
    before = roles()
    taker = english(crew.cashier)
    taker.post(f"{STAFF}serah-terima/{offer.public_id}/jawab/", {"answer": "no"})
    assert Handover.objects.get().status == "declined"

    page.post(f"{STAFF}{crew.viewer.pk}/serahkan/")
    offer = Handover.objects.get(status="offered")
    page.post(f"{STAFF}serah-terima/{offer.public_id}/batal/")

    assert Handover.objects.get(pk=offer.pk).status == "withdrawn"
    assert roles() == before


def test_every_step_is_in_the_change_history_in_words(page, crew):
    page.post(f"{STAFF}undang/", {"role": "cashier", "account": "sari", "days": "7"})
    page.post(
        f"{STAFF}{crew.cashier.pk}/peran/", {"role": "admin", "seen_role": "cashier"}
    )
    page.post(f"{STAFF}{crew.viewer.pk}/serahkan/")
    page.post(f"{STAFF}{crew.partner.pk}/keluarkan/")

    response = page.get("/toko/arcadia/pengaturan/riwayat/")

    words = text_of(response)
    for expected in (
        "Invitation made",
        "For the Discord account",
        "Role changed",
        "Cashier",
        "Store offered to a new owner",
        "Removed from the store",
        str(crew.partner.user),
    ):
        assert expected in words
    assert "member.role_changed" not in words
    assert AuditEntry.objects.filter(action__startswith="member.").count() == 4


def test_the_list_of_staff_is_fetched_again_alone(page):
    response = page.get(STAFF, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert 'data-live="members"' in response.content.decode()


def test_the_page_needs_the_same_queries_however_many_work_there(
    page, crew, django_assert_max_num_queries
):
    page.get(STAFF)
    for _number in range(10):
        make_member(Role.VIEWER)
    for _number in range(5):
        invite(crew.owner)

    with django_assert_max_num_queries(12):
        page.get(STAFF)


def test_whoever_may_change_products_or_read_the_history_may_see_costs():
    for role in Role:
        member = Member(role=role)
        if member.may(Permission.EDIT_CATALOG) or member.may(Permission.SEE_AUDIT):
            assert member.may(Permission.SEE_COSTS)
    assert [role for role in Role if Member(role=role).may(Permission.SEE_COSTS)] == [
        Role.OWNER,
        Role.ADMIN,
    ]


def test_the_history_still_names_who_was_removed(page, crew):
    sari = make_user(display_name="Sari")
    joined = invitations.accept(user=sari, token=invite(crew.owner), now=NOON)
    page.post(f"{STAFF}{joined.pk}/keluarkan/")

    words = text_of(page.get("/toko/arcadia/pengaturan/riwayat/"))

    assert "Sari (former staff)" in words


def test_whoever_signed_in_long_ago_proves_it_again_before_staff_changes(page, crew):
    age_sign_in(page)
    offer = handovers.offer_store(
        actor=crew.partner, member_id=crew.viewer.pk, now=NOON
    )
    invite(crew.owner)
    open_link = Invitation.objects.get()
    before = picture()

    for path, form in (
        ("undang/", {"role": "owner", "account": "", "days": "7"}),
        (f"undangan/{open_link.public_id}/cabut/", {}),
        (f"{crew.viewer.pk}/peran/", {"role": "owner", "seen_role": "viewer"}),
        (f"{crew.viewer.pk}/keluarkan/", {}),
        (f"{crew.viewer.pk}/serahkan/", {}),
        (f"serah-terima/{offer.public_id}/batal/", {}),
        (f"serah-terima/{offer.public_id}/jawab/", {"answer": "yes"}),
    ):
        response = page.post(STAFF + path, form)

        assert response.status_code == 302, path
        assert response.url.startswith("/akun/masuk-lagi/"), path

    assert picture() == before
    assert page.get(STAFF).status_code == 200  # looking needs no proof
