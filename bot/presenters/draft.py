"""A Discord message before Discord: words, pictures and buttons as plain data."""

from dataclasses import dataclass

PRIMARY, SECONDARY, SUCCESS, DANGER = 1, 2, 3, 4

GREEN, BLUE, AMBER, RED, GREY = 0x2ECC71, 0x5865F2, 0xF1C40F, 0xE74C3C, 0x95A5A6


@dataclass(frozen=True)
class ButtonDraft:
    """One button: it either does something (`custom_id`) or opens a page (`url`)."""

    label: str
    custom_id: str = ""
    style: int = SECONDARY
    url: str = ""
    is_disabled: bool = False


@dataclass(frozen=True)
class OptionDraft:
    """One line of a menu."""

    label: str
    value: str
    description: str = ""


@dataclass(frozen=True)
class MenuDraft:
    """A menu to choose one of up to 25 things from."""

    custom_id: str
    placeholder: str
    options: tuple[OptionDraft, ...]


Row = tuple[ButtonDraft, ...] | MenuDraft


@dataclass(frozen=True)
class FieldDraft:
    """One named value of an embed."""

    name: str
    value: str
    is_inline: bool = False


@dataclass(frozen=True)
class EmbedDraft:
    """A framed block.

    `image`, wide below the words, and `thumbnail`, small beside them, are addresses or
    name an attached file.
    """

    title: str = ""
    text: str = ""
    colour: int = BLUE
    fields: tuple[FieldDraft, ...] = ()
    image: str = ""
    thumbnail: str = ""
    footer: str = ""


@dataclass(frozen=True)
class FileDraft:
    """A file to attach."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Draft:
    """A message. `mentions` are the people it may ping; nobody else is pinged."""

    text: str = ""
    embed: EmbedDraft | None = None
    rows: tuple[Row, ...] = ()
    files: tuple[FileDraft, ...] = ()
    mentions: tuple[int, ...] = ()


def framed(text: str, colour: int) -> Draft:
    """A message that is one framed block of text."""
    return Draft(embed=EmbedDraft(text=text, colour=colour))
