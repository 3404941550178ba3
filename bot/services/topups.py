"""A buyer's way to a top-up: which account, whose it is, and the order for it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bot.presenters.bills import BillAnswer
from bot.presenters.prices import label_of
from bot.presenters.text import cleaned
from bot.presenters.topups import (
    AccountAnswer,
    CheckedAccount,
    TopUpOffer,
    account_label,
    serving_words,
)
from bot.services import bill_lookups, pictures
from catalog import destinations
from catalog import selectors as catalog
from catalog.models import Product
from catalog.states import SUPPLIED_KINDS, ProductKind
from inventory.models import AccountCheck, SavedDestination
from inventory.services import (
    account_checks,
    number_checks,
    saved_destinations,
    serving,
)
from inventory.services.serving import Serving
from inventory.services.usual_times import usual_times
from inventory.states import CheckState
from payments.models import Order, OrderLine
from payments.services.orders import buyer_prices, undo
from payments.services.orders.quote import NotForSale, NotServed
from payments.states import OrderStatus
from ppob.kit.errors import Conflict, NotFound
from ppob.kit.money import rupiah
from ppob.kit.numbers import read_number
from tenants.models import Customer

CHECK_LASTS = timedelta(hours=1)
SAME_WITHIN = timedelta(minutes=10)
MOST_CHOICES = 25  # what Discord offers while somebody types
MOST_WORDS = 10
CHOSEN = "item:"
_GIVEN_BACK = (
    OrderStatus.EXPIRED,
    OrderStatus.CANCELLED,
    OrderStatus.REFUNDING,
    OrderStatus.REFUNDED,
)


class CheckIsOld(Conflict):
    """The account was checked too long ago to be charged for it now."""

    code = "CHECK_IS_OLD"
    default = _("That was a while ago. Please enter the account again.")


@dataclass(frozen=True)
class Target:
    """The account that a top-up goes to, and the name of its player if known.

    A bill is for a number instead, as it was answered (`inquiry_id`, our row's id).
    """

    destination: str
    name: str
    inquiry_id: int = 0


def offer(
    *, customer: Customer, product_id: int, panel_id: int, now: datetime
) -> TopUpOffer:
    """What a buyer is asked for a top-up. Raises NotForSale for anything else."""
    product = _product(product_id)
    found = serving.serving_of([product], now=now)[product.pk]
    prices = buyer_prices.read_prices(customer, [product], now=now)
    priced = prices.of(product, serving=found)
    saved = saved_destinations.list_saved(
        customer=customer, category_id=product.category_id
    )
    return TopUpOffer(
        panel_id=panel_id,
        product_id=product.pk,
        product_name=product.name,
        game=str(product.category or ""),
        price=priced.total,
        price_label=label_of(priced),
        serving=found,
        usual=usual_times([product.pk], now=now).get(product.pk),
        needed=str(_needed(product)),
        is_bill=product.kind == ProductKind.BILL,
        saved=tuple((row.pk, _words(row)) for row in saved),
        picture=pictures.picture_of(product),
    )


def check_entered(
    *, customer: Customer, product_id: int, panel_id: int, text: str, now: datetime
) -> CheckedAccount | BillAnswer:
    """What is known of the account that a buyer typed for this product.

    Of a number, what it owes. It asks a supplier, so no transaction is open. Raises
    BadDestination, NotForSale, or what `bills.inquire` raises.
    """
    product = _product(product_id)
    fields = _fields(product)
    # One input: how an account is written is found out from what was typed.
    return _check(customer, product, {fields[0].name: text}, panel_id, now=now)


def check_known(
    *, customer: Customer, product_id: int, panel_id: int, saved_id: int, now: datetime
) -> CheckedAccount | BillAnswer:
    """The same for one of the buyer's own accounts of before, or NotFound."""
    saved = SavedDestination.objects.filter(customer=customer, pk=saved_id).first()
    product = _product(product_id)
    if saved is None or saved.category_id != product.category_id:
        raise NotFound
    account = destinations.split(saved.destination, _fields(product))
    return _check(customer, product, account, panel_id, now=now)


def check_for_game(
    *, customer: Customer, game: str, user_id: str, server: str, now: datetime
) -> AccountAnswer:
    """What is known of an account in a game, and what can be bought for it now.

    It asks a supplier, so no transaction is open. Raises NotFound for a game that the
    store has not, or BadDestination.
    """
    category = catalog.find_category(game.strip())
    if category is None or not category.destination_fields:
        raise NotFound(_("There is no such game in this store."))
    fields = destinations.read_fields(category.destination_fields)
    entered = destinations.in_two_inputs(fields, user_id=user_id, server=server)
    check = account_checks.check_account(
        customer=customer, category=category, entered=entered, now=now
    )
    items = [
        each
        for each in catalog.products_of_category(category.code)
        if each.kind == ProductKind.TOPUP
    ]
    served = serving.serving_of(items, now=now)
    prices = buyer_prices.read_prices(customer, items, now=now)
    return AccountAnswer(
        check_id=check.pk,
        game=str(category),
        account=destinations.readable(check.destination),
        state=CheckState(check.state),
        name=check.name,
        items=tuple(
            (each.pk, each.name, prices.of(each, serving=served[each.pk]).total)
            for each in items
            if served[each.pk].is_possible
        ),
    )


def check_again(
    *, customer: Customer, check_id: int, product_id: int, now: datetime
) -> CheckedAccount | BillAnswer:
    """The account of the buyer's own check, for this product of the same game."""
    target = target_of(
        customer=customer, product_id=product_id, check_id=check_id, now=now
    )
    product = _product(product_id)
    account = destinations.split(target.destination, _fields(product))
    return _check(customer, product, account, 0, now=now)


def find_item(typed: str) -> int:
    """The top-up (our row's id) that was chosen or typed in a command; NotFound."""
    # "86" are diamonds; only what was chosen is an id of ours.
    if typed.startswith(CHOSEN):
        number = read_number(typed.removeprefix(CHOSEN))
        if number is not None and Product.objects.filter(pk=number).exists():
            return number
    found = catalog.find_topups(_words_of(typed), limit=2)
    if len(found) != 1:
        raise NotFound(_("Choose one of the items that are offered while you type."))
    return found[0].pk


def find_items(typed: str, *, now: datetime) -> list[tuple[str, str]]:
    """The top-ups that fit these words: what choosing one says, and name and price.

    What cannot be bought right now comes last and says why. It is the public price, as
    on a panel; the card that follows has the buyer's own.
    """
    found = catalog.find_topups(_words_of(typed), limit=MOST_CHOICES)
    served = serving.serving_of(found, now=now)
    found.sort(key=lambda each: not served[each.pk].is_possible)
    return [
        (f"{CHOSEN}{each.pk}", cleaned(_item_words(each, served[each.pk]), 100))
        for each in found
    ]


def find_games(typed: str) -> list[tuple[str, str]]:
    """The games that fit these words: code and name."""
    wanted = typed.strip().casefold()
    return [
        (each.code, str(each)[:100])
        for each in catalog.list_categories()
        if each.destination_fields
        and (wanted in each.name.casefold() or wanted in each.code.casefold())
    ][:MOST_CHOICES]


def target_of(
    *, customer: Customer, product_id: int, check_id: int, now: datetime
) -> Target:
    """The account of the buyer's own check, to be ordered for.

    Raises NotFound where it is none of theirs, for another game or not found there, and
    CheckIsOld.
    """
    check = AccountCheck.objects.filter(customer=customer, pk=check_id).first()
    product = _product(product_id)
    if check is None or check.category_id != product.category_id:
        raise NotFound
    if check.state == CheckState.NOT_FOUND:
        raise NotFound(_("This account does not exist. Please enter it again."))
    if now - check.checked_at > CHECK_LASTS:
        raise CheckIsOld
    return Target(check.destination, check.name)


def same_of_late(
    customer: Customer, *, product_id: int, destination: str, now: datetime
) -> str:
    """The code of the buyer's order of late for the same account, "" for none."""
    lines = OrderLine.objects.filter(
        product_id=product_id,
        destination=destination,
        order__customer=customer,
        order__created_at__gt=now - SAME_WITHIN,
    ).exclude(order__status__in=_GIVEN_BACK)
    found: str | None = (
        lines.order_by("-pk").values_list("order__code", flat=True).first()
    )
    return found or ""


def remember(order: Order, *, now: datetime) -> None:
    """Keep the accounts of an order: they are offered the next time."""
    for line in order.lines.select_related("product"):
        if line.kind in SUPPLIED_KINDS:
            saved_destinations.remember(
                customer=order.customer,
                category_id=line.product.category_id,
                destination=line.destination,
                name=line.destination_name,
                now=now,
            )


def _check(
    customer: Customer,
    product: Product,
    entered: dict[str, str],
    panel_id: int,
    *,
    now: datetime,
) -> CheckedAccount | BillAnswer:
    found = serving.serving_of([product], now=now)[product.pk]
    if not found.is_possible:
        # Nobody is asked for a name, and nobody confirms, what cannot be bought.
        raise NotServed(found)
    if product.kind == ProductKind.BILL:
        return _look_up(customer, product, entered, panel_id, now=now)
    fields = _fields(product)
    game = product.category.code if product.category else ""
    # Said before a supplier is asked, and again when it is ordered.
    number_checks.require_operator(
        product, destinations.parse(entered, fields, game=game)
    )
    check = account_checks.check_account(
        customer=customer, category=product.category, entered=entered, now=now
    )
    # As an order would be priced now: by what suppliers take.
    prices = buyer_prices.read_prices(customer, [product], now=now)
    priced = prices.of(product, serving=found)
    return CheckedAccount(
        panel_id=panel_id,
        product_id=product.pk,
        check_id=check.pk,
        product_name=product.name,
        price=priced.total,
        price_label=label_of(priced),
        undo_secs=undo.secs_to_undo(
            customer_id=customer.pk,
            category_id=product.category_id,
            destination=check.destination,
        ),
        account=destinations.readable(check.destination),
        state=CheckState(check.state),
        name=check.name,
        again_code=same_of_late(
            customer, product_id=product.pk, destination=check.destination, now=now
        ),
    )


def _look_up(
    customer: Customer,
    product: Product,
    entered: dict[str, str],
    panel_id: int,
    *,
    now: datetime,
) -> BillAnswer:
    found = bill_lookups.look_up(
        customer=customer, product=product, entered=entered, panel_id=panel_id, now=now
    )
    again = same_of_late(
        customer, product_id=product.pk, destination=found.destination, now=now
    )
    return replace(found, again_code=again)


def _item_words(product: Product, found: Serving) -> str:
    words = f"{product.name} · {_price(product)}"
    return words if found.is_possible else f"{words} · {serving_words(found)}"


def _price(product: Product) -> str:
    price = rupiah(product.price)
    is_bill = product.kind == ProductKind.BILL
    return gettext("fee %(price)s") % {"price": price} if is_bill else price


def _words_of(typed: str) -> list[str]:
    """What is looked for; no name has so many words that the rest would matter."""
    return typed.replace("\0", " ").split()[:MOST_WORDS]


def _fields(product: Product) -> tuple[destinations.DestinationField, ...]:
    category = product.category
    return destinations.read_fields(category.destination_fields if category else [])


def _needed(product: Product) -> object:
    category = product.category
    game = category.code if category else ""
    return destinations.requirements(
        destinations.asked_fields(_fields(product), game=game)
    )


def _product(product_id: int) -> Product:
    product: Product | None = (
        Product.objects.filter(
            pk=product_id, kind__in=SUPPLIED_KINDS, is_active=True, archived_at=None
        )
        .select_related("category")
        .first()
    )
    if product is None:
        raise NotForSale
    return product


def _words(row: SavedDestination) -> str:
    return account_label(destinations.readable(row.destination), row.name)
