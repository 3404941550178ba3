"""A product panel as plain data; Discord and the dashboard's preview draw from it.

Discord's limits decide how much fits: 40 components and 4,000 characters for cards,
25 fields and 6,000 characters for the classic embed, 25 lines in a menu.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.models import Panel
from bot.presenters.draft import ButtonDraft, FieldDraft, MenuDraft, OptionDraft
from bot.presenters.text import cleaned
from bot.presenters.topups import serving_words
from bot.states import PanelLayout
from inventory.services.serving import Serving
from ppob.kit.money import rupiah

MENU_LINES = 25
FIELDS = 25
CARDS = 11  # three components each, and seven for the rest of the panel
CARDS_BESIDE_MENU = 10
_DESCRIPTION_CHARACTERS = 120


@dataclass(frozen=True)
class PanelProduct:
    """What a panel shows of a product; `price` is whole rupiah.

    A top-up has no stock; `serving` says whether it can be delivered now. Of a bill the
    price is the store's fee. Where the price is one buyer's own, `price_label` says
    why.
    """

    pk: int
    name: str
    price: int
    stock: int
    description: str = ""
    serving: Serving | None = None
    price_label: str = ""
    is_bill: bool = False

    @property
    def can_be_bought(self) -> bool:
        """Whether there is any of it at this moment."""
        if self.serving is not None:
            return self.serving.is_possible
        return self.stock > 0


@dataclass(frozen=True)
class PanelCard:
    """One product with its own button."""

    title: str
    line: str
    description: str
    button: ButtonDraft


@dataclass(frozen=True)
class PanelView:
    """Everything a panel shows, before Discord's notation.

    The classic layout uses `fields`, the other one `cards`. `menu` reaches the products
    that have no button of their own, `buttons` stand below everything.
    """

    layout: PanelLayout
    title: str
    description: str
    colour: int
    fields: tuple[FieldDraft, ...]
    cards: tuple[PanelCard, ...]
    menu: MenuDraft | None
    buttons: tuple[ButtonDraft, ...]


def panel_view(panel: Panel, products: Sequence[PanelProduct]) -> PanelView:
    """What this panel shows for these products, in the active language."""
    is_classic = panel.layout == PanelLayout.CLASSIC
    head = cleaned(panel.description, 300)
    if not products:
        head = "\n".join(filter(None, [head, _("There are no products yet.")]))
    on_cards = () if is_classic else _with_cards(products)
    in_menu = products if is_classic else products[len(on_cards) :]
    return PanelView(
        layout=PanelLayout(panel.layout),
        title=cleaned(panel.title, 100),
        description=head,
        colour=panel.colour,
        fields=_fields(products) if is_classic else (),
        cards=tuple(_card(panel, product) for product in on_cards),
        menu=product_menu(panel.pk or 0, in_menu),
        buttons=_buttons(panel, has_browse=is_classic or len(in_menu) > MENU_LINES),
    )


def product_menu(
    panel_id: int, products: Sequence[PanelProduct], *, page: int = 0
) -> MenuDraft | None:
    """A menu of up to 25 of these products, or None when there are none."""
    shown = products[page * MENU_LINES : (page + 1) * MENU_LINES]
    if not shown:
        return None
    return MenuDraft(
        custom_id=custom_id("pick", panel_id),
        placeholder=_("Choose a product"),
        options=tuple(
            OptionDraft(
                label=cleaned(product.name, 100),
                value=str(product.pk),
                description=price_line(product),
            )
            for product in shown
        ),
    )


def price_line(product: PanelProduct) -> str:
    """Price and stock in one line, worded alike in every language: buyers know it.

    A top-up says how it arrives, or why it cannot be bought and until when.
    """
    price = f"💰 {rupiah(product.price)}"
    if product.is_bill:
        price = "💰 " + _("fee %(price)s") % {"price": rupiah(product.price)}
    if product.price_label:
        price += f" · {cleaned(product.price_label, 40)}"
    if product.serving is not None:
        return f"{price} | {serving_words(product.serving)}"
    return f"{price} | Stock: {product.stock}"


def _with_cards(products: Sequence[PanelProduct]) -> Sequence[PanelProduct]:
    fits = len(products) <= CARDS
    return products if fits else products[:CARDS_BESIDE_MENU]


def _fields(products: Sequence[PanelProduct]) -> tuple[FieldDraft, ...]:
    return tuple(
        FieldDraft(
            name=cleaned(product.name, 80),
            value="\n".join(
                filter(None, [price_line(product), cleaned(product.description, 80)])
            ),
            is_inline=True,
        )
        for product in products[:FIELDS]
    )


def _card(panel: Panel, product: PanelProduct) -> PanelCard:
    return PanelCard(
        title=cleaned(product.name, 80),
        line=price_line(product),
        description=cleaned(product.description, _DESCRIPTION_CHARACTERS),
        button=ButtonDraft(
            label=panel.buy_label if product.can_be_bought else _why_not(product),
            custom_id=custom_id("buy", panel.pk or 0, product.pk),
            style=panel.buy_style,
            is_disabled=not product.can_be_bought,
        ),
    )


def _why_not(product: PanelProduct) -> str:
    return _("Sold out") if product.serving is None else _("Not now")


def _buttons(panel: Panel, *, has_browse: bool) -> tuple[ButtonDraft, ...]:
    browse = ButtonDraft(
        label=panel.buy_label,
        custom_id=custom_id("browse", panel.pk or 0),
        style=panel.buy_style,
    )
    payment = ButtonDraft(
        label=panel.payment_label,
        custom_id=custom_id("methods", panel.pk or 0),
        style=panel.payment_style,
    )
    return (browse, payment) if has_browse else (payment,)
