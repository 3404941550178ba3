"""The change history as the owner reads it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.services import products
from catalog.services.products import ProductDraft
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from security.services import audit
from tenants.models import Tenant
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import make_customer, make_member, make_user

HISTORY = "/toko/arcadia/pengaturan/riwayat/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def act(actor, action="product.changed", *, thing="product:1", now=NOON, **more):
    with transaction.atomic():
        return audit.record(actor=actor, action=action, object=thing, now=now, **more)


def entries_of(response):
    return [entry.pk for entry in response.context["entries"]]


def test_a_change_is_told_with_what_it_was_before(english, owner):
    draft = ProductDraft(name="Netflix", price=10_000, minimum_stock=0)
    product = products.add_product(actor=owner, draft=draft, now=NOON)
    changed = ProductDraft(
        name="Netflix", price=12_500, minimum_stock=0, is_active=False
    )
    products.change_product(actor=owner, product=product, draft=changed, now=NOON)

    words = text_of(english.get(HISTORY))

    assert "Product changed" in words
    assert "Netflix" in words
    assert "Price Rp 10.000 → Rp 12.500" in words
    assert "Active yes → no" in words
    assert f"Active yes → no {owner.user}" in words
    assert "Price Rp 10.000 Cost Rp 0 Minimum stock 0" in words  # when it was added
    assert "Description" not in words


def test_an_empty_history_says_what_will_stand_there(english):
    assert "Nothing was changed yet" in text_of(english.get(HISTORY))


def test_a_reason_an_address_and_facts_are_shown(english, owner):
    entry = act(
        owner.name,
        "codes.revealed_by_staff",
        thing="order:1",
        reason="Buyer says it is used",
        data={"code": "7KQ4MZT", "units": 2},
    )

    words = text_of(english.get(HISTORY))

    assert "Codes opened by staff 14 Mar, 12:00 7KQ4MZT Number 2" in words
    assert "“Buyer says it is used”" in words
    assert entry.ip is None


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        ("job:payments.expire_orders", "Automatically"),
        ("bot", "Automatically"),
        ("clock", "Automatically"),
        ("gateway:tripay", "Tripay"),
        ("supplier:vip_reseller", "Vip Reseller"),
        ("command:seed_demo", "Platform staff"),
        ("user:999999", "Former staff"),
        ("user:x", "Former staff"),
        ("discord:1", "A buyer"),
    ],
)
def test_actors_are_told_in_words(english, actor, name):
    act(actor)

    [entry] = english.get(HISTORY).context["entries"]
    assert entry.actor == name


def test_people_are_called_by_their_names(english, owner):
    cashier = make_member(Role.CASHIER, user=make_user(display_name="Sari"))
    stranger = make_user(display_name="Not our business", is_staff=True)
    former = make_user(display_name="Not shown")
    buyer = make_customer("ayu")
    for actor in (
        cashier.name,
        f"user:{stranger.pk}",
        f"user:{former.pk}",
        buyer.actor,
    ):
        act(actor)

    response = english.get(HISTORY)

    assert [entry.actor for entry in response.context["entries"]] == [
        "ayu",
        "Former staff",
        "Platform staff",
        "Sari",
    ]
    assert "Not our business" not in text_of(response)


def test_it_can_be_narrowed_down_to_one_person_or_to_the_system(english, owner):
    mine = act(owner.name)
    job = act("job:x.y")
    buyer = act("discord:1")

    assert entries_of(english.get(HISTORY)) == [buyer.pk, job.pk, mine.pk]
    assert entries_of(english.get(HISTORY, {"orang": owner.name})) == [mine.pk]
    assert entries_of(english.get(HISTORY, {"orang": "system"})) == [job.pk]


def test_everybody_who_works_here_can_be_chosen(english, owner):
    others = [make_member(Role.CASHIER), make_member(Role.VIEWER)]
    people = {member.name for member in (owner, *others)}

    page = english.get(HISTORY, {"orang": owner.name}).content.decode()

    assert set(re.findall(r'<option value="(user:\d+)"', page)) == people
    assert re.findall(r'<option value="(user:\d+)" selected', page) == [owner.name]


def test_it_can_be_narrowed_down_to_a_kind_of_action_and_to_one_thing(english, owner):
    price = act(owner.name, "product.changed", thing="product:1")
    other = act(owner.name, "product.changed", thing="product:12")
    panel = act(owner.name, "panel.placed", thing="panel:1")

    assert entries_of(english.get(HISTORY, {"jenis": "produk"})) == [other.pk, price.pk]
    assert entries_of(english.get(HISTORY, {"jenis": "panel"})) == [panel.pk]
    assert entries_of(english.get(HISTORY, {"jenis": "x"})) == [
        panel.pk,
        other.pk,
        price.pk,
    ]
    found = english.get(HISTORY, {"objek": "product:1"})
    assert entries_of(found) == [price.pk]
    assert "Show everything again" in text_of(found)
    assert "Nothing matches" in text_of(english.get(HISTORY, {"objek": "x"}))


def test_days_are_the_stores_own(english, owner, in_arcadia):
    Tenant.objects.update(time_zone="Asia/Jakarta")
    late = act(owner.name, now=datetime(2026, 3, 14, 16, 59, tzinfo=UTC))
    next_day = act(owner.name, now=datetime(2026, 3, 14, 17, 0, tzinfo=UTC))

    day = {"dari": "2026-03-14", "sampai": "2026-03-14"}
    assert entries_of(english.get(HISTORY, day)) == [late.pk]
    assert entries_of(english.get(HISTORY, {"dari": "2026-03-15"})) == [next_day.pk]
    assert entries_of(english.get(HISTORY, {"sampai": "2026-03-13"})) == []


@pytest.mark.parametrize(
    "query",
    [
        {"dari": "yesterday", "sampai": "2026-13-40"},
        {"dari": "0001-01-01"},
        {"sampai": "9999-12-31"},
        {"sebelum": "x"},
        {"sebelum": "9" * 30},
        {"orang": "'; DROP TABLE x", "objek": "²"},
        {"orang": "%"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(english, owner, query):
    act(owner.name)

    assert english.get(HISTORY, query).status_code == 200


def test_it_goes_on_page_by_page(english, owner):
    entries = [act(owner.name, now=NOON + timedelta(hours=n)).pk for n in range(51)]

    first = english.get(HISTORY)
    assert entries_of(first) == entries[:0:-1]
    assert "Older" in text_of(first)
    second = english.get(HISTORY, {"sebelum": first.context["older"]})
    assert entries_of(second) == entries[:1]
    assert "Newest" in text_of(second)
    assert 'data-live="audit"' not in second.content.decode()


def test_other_stores_histories_stay_theirs(english, borealis):
    with tenant_scope(borealis.pk):
        act("user:1", data={"name": "Secret plan"})

    assert entries_of(english.get(HISTORY)) == []
    assert english.get("/toko/borealis/pengaturan/riwayat/").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_only_owner_and_admin_see_it(in_arcadia, role):
    browser = browser_of(make_member(role))

    assert browser.get(HISTORY).status_code == 403


def test_an_admin_sees_it(in_arcadia):
    assert browser_of(make_member(Role.ADMIN)).get(HISTORY).status_code == 200


def test_a_script_gets_the_list_alone(english, owner):
    act(owner.name)

    fragment = english.get(HISTORY, headers={"HX-Request": "true"})

    assert "<html" not in fragment.content.decode()
    assert 'id="history"' in fragment.content.decode()


def test_texts_of_others_are_only_text(english, owner):
    act(owner.name, data={"name": "<b>x</b>"}, after={"name": "<script>1</script>"})

    page = english.get(HISTORY).content.decode()

    assert "<b>x</b>" not in page
    assert "<script>1" not in page


def test_a_page_needs_the_same_few_queries_however_much_it_shows(english, owner):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            english.get(HISTORY)
        return len(seen)

    act(owner.name)
    few = queries()
    for number in range(20):
        act(make_customer(f"buyer{number}").actor, before={"a": 1}, after={"a": 2})

    assert queries() <= few + 1


def test_values_are_told_in_words_and_our_own_numbers_not_at_all(english, owner):
    act(
        owner.name,
        before={"status": "paused", "layout": "cards", "colour": 0x2ECC71},
        after={
            "status": "active",
            "layout": "classic",
            "colour": 255,
            "guild_id": 77,
            "archived_at": "2026-03-14T05:00:00Z",
            "destination_fields": [{"name": "user_id"}],
        },
    )

    words = text_of(english.get(HISTORY))

    assert "Status Paused → Active" in words
    assert "Layout Cards → Classic embed" in words
    assert "Colour #2ecc71 → #0000ff" in words
    assert "Deleted at 14 Mar 2026, 12:00" in words
    assert "name: user_id" in words
    assert "77" not in words


def test_unknown_actions_and_fields_are_readable_too(english, owner):
    act(owner.name, "robot.was_fed", thing="robot:1", after={"full_belly": [1, 2]})

    words = text_of(english.get(HISTORY))

    assert "Robot was fed" in words
    assert "Full belly 1, 2" in words
    assert AuditEntry.objects.count() == 1
