"""From a pressed button or menu to the function that answers it.

A handler is registered for a verb with `on_click`. Every click goes through the same
door: Discord is answered at once, the store and the buyer are found, and whatever goes
wrong becomes a sentence. Nothing is remembered between clicks, so buttons work after a
restart and after months.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from re import Match
from types import new_class
from typing import Any, ClassVar, ParamSpec, Self, TypeVar, cast

import discord
from discord import ui
from django.db import Error as DatabaseError

from bot import bridge, ids
from bot.network import CUT
from bot.presenters.draft import Draft
from bot.services import error_reports
from bot.ui import context
from bot.ui.brake import count_press
from bot.ui.context import Shop
from bot.ui.drawing import to_message
from bot.ui.errors import failure_words, log_failure, stopped_words
from ppob.kit import clock
from ppob.kit.errors import DomainError, NotFound
from ppob.kit.i18n import speaking
from ppob.kit.numbers import read_number
from ppob.kit.postgres.refusals import refusal_for

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

KEEP_SECS = 2.0  # a form that is not acknowledged yet has three
_KNOWN_ALREADY = 40060  # "Interaction has already been acknowledged"


@dataclass(frozen=True)
class Click:
    """One press: the ids in it, what was chosen in a menu, and where."""

    interaction: discord.Interaction
    shop: Shop
    ids: dict[str, int]
    values: tuple[str, ...] = ()

    def chosen_id(self) -> int:
        """The id that was chosen in the menu; NotFound for anything that is none."""
        number = read_number(self.values[0]) if self.values else None
        if number is None:
            raise NotFound
        return number

    async def say(self, draft: Draft) -> None:
        """Answer so that only the person who pressed sees it."""
        await self.interaction.followup.send(**to_message(draft), ephemeral=True)

    async def show(
        self,
        draw: Callable[[T], Draft],
        service: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Call a service and answer with what `draw` makes of its result.

        Both happen where the database is: what comes back to the event loop is words,
        never a row that could ask the database there.
        """
        work = partial(service, *args, **kwargs)
        draft = await bridge.call(
            self.shop.tenant_id, _worded, work, draw, language=self.shop.language
        )
        await self.say(draft)

    async def tell(self, words: Callable[[], Draft]) -> None:
        """Answer with a draft that is worded in the reader's language."""
        with speaking(self.shop.language):
            draft = words()
        await self.say(draft)


def _worded(
    work: Callable[[], T], draw: Callable[[T], Draft], *, language: str
) -> Draft:
    result = work()
    with speaking(language):
        return draw(result)


Handler = Callable[[Click], Awaitable[None]]
Opener = Callable[[discord.Interaction, dict[str, int]], Awaitable[None]]

CLICKS: list[type[ui.DynamicItem[Any]]] = []
FORMS: list[tuple[str, Handler]] = []


# Its own pattern matches nothing: only classes made by `_register` are recognised.
class _Pressed(ui.DynamicItem[ui.Item[Any]], template=r"(?!)"):
    """What all recognised components share; subclasses name verb and handler."""

    handler: ClassVar[Callable[[Click], Awaitable[None]]]
    opener: ClassVar[Opener | None] = None

    def __init__(self, item: ui.Item[Any], found: dict[str, int]) -> None:
        super().__init__(item)
        self.found = found

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Only reads the ids: looking anything up here would eat the three seconds."""
        return cls(item, {name: int(text) for name, text in match.groupdict().items()})

    async def callback(self, interaction: discord.Interaction) -> None:
        """Answer the press."""
        opener = type(self).opener
        if opener is not None:
            await _guarded_opening(opener, interaction, self.found)
            return
        values = tuple(map(str, sent(interaction).get("values", ())))
        await answer(interaction, type(self).handler, self.found, values)


def on_click(verb: str, *names: str) -> Callable[[Handler], Handler]:
    """Register the handler of `v1:<verb>:<names…>`."""

    def register(handler: Handler) -> Handler:
        _register(ids.template(verb, *names), handler=staticmethod(handler))
        return handler

    return register


def on_old_click(custom_id: str) -> Callable[[Handler], Handler]:
    """Register the handler of a button that carries no ids at all."""

    def register(handler: Handler) -> Handler:
        _register(custom_id, handler=staticmethod(handler))
        return handler

    return register


def opens_form(verb: str, *names: str) -> Callable[[Opener], Opener]:
    """Register what shows a form: it answers at once and looks nothing up."""

    def register(opener: Opener) -> Opener:
        _register(ids.template(verb, *names), opener=staticmethod(opener))
        return opener

    return register


def on_form(verb: str, *names: str) -> Callable[[Handler], Handler]:
    """Register the handler of a sent form with this custom id."""

    def register(handler: Handler) -> Handler:
        FORMS.append((ids.template(verb, *names), handler))
        return handler

    return register


async def answer(
    interaction: discord.Interaction,
    handler: Handler,
    found: dict[str, int],
    values: tuple[str, ...] = (),
) -> None:
    """Answer Discord, find the store, run the handler, explain what goes wrong.

    Opening a form is not counted: it looks nothing up, and sending it is.
    """
    try:
        # It alone has a deadline, of three seconds. Counting comes before any look-up.
        await acknowledge(interaction)
        shop = await context.enter(interaction, ids=found)
        await handler(Click(interaction, shop, found, values))
    except Exception as error:
        await refuse(interaction, error, found=found)


async def answer_anywhere(
    interaction: discord.Interaction, handler: Callable[..., Awaitable[None]]
) -> None:
    """The same where nothing says yet which store it is about."""
    try:
        await acknowledge(interaction)
        await count_press(interaction)
        await handler(interaction)
    except Exception as error:
        await refuse(interaction, error, found={})


async def acknowledge(interaction: discord.Interaction) -> None:
    """Let the person see that the press arrived.

    Where Discord's answer was lost (cut off, or a 5xx after which the library asks
    again) the next one says that it is known already: then it was acknowledged.
    """
    try:
        await _defer(interaction)
    except CUT:
        await _defer(interaction)  # whether the first one arrived, this one tells
    # The library does not know of one whose answer was lost; `refuse` looks here.
    interaction.extras["acknowledged"] = True


async def _defer(interaction: discord.Interaction) -> None:
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as error:
        if error.code != _KNOWN_ALREADY:
            raise


async def say_at_once(interaction: discord.Interaction, words: str) -> None:
    """Answer a press with words that only the person sees, as its first answer."""
    try:
        await interaction.response.send_message(words, ephemeral=True)
    except discord.HTTPException as error:
        if error.code != _KNOWN_ALREADY:
            raise


async def refuse(
    interaction: discord.Interaction, error: Exception, *, found: dict[str, int]
) -> None:
    """Tell the person, in their language, why it did not work.

    An expected refusal explains itself. Anything else is logged with a code, and kept
    so that the seller finds it by that code.
    """
    if isinstance(error, DomainError):
        words: Callable[[], str] = partial(str, error)
    # A press may have done a part of its work in another thread before.
    elif (stopped := refusal_for(error, has_kept=True)) is not None:
        log.warning("Click %s was stopped: %s", _name(interaction), stopped.code)
        words = partial(stopped_words, stopped)
    else:
        reference = log_failure(error, doing=f"Click {_name(interaction)}")
        is_kept = await _keep_report(interaction, reference, error, found=found)
        words = partial(failure_words, reference, is_kept=is_kept)
    with speaking(context.language_for(interaction)):
        sentence = words()
    try:
        if interaction.response.is_done() or "acknowledged" in interaction.extras:
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await say_at_once(interaction, sentence)
    except (discord.HTTPException, discord.RateLimited):
        log.warning("The refusal of %s did not arrive.", _name(interaction))


async def _keep_report(
    interaction: discord.Interaction,
    reference: str,
    error: Exception,
    *,
    found: dict[str, int],
) -> bool:
    """Keep the failure for the seller to look up; whether that went well in time."""
    try:
        async with asyncio.timeout(KEEP_SECS):
            tenant_id, _guild = await context.find_store(interaction, ids=found)
            if tenant_id is None:
                return False
            await bridge.call(
                tenant_id,
                error_reports.keep,
                code=reference,
                doing=_name(interaction),
                error=type(error).__name__,
                discord_id=interaction.user.id,
                now=clock.now(),
            )
    # A time-out is an OSError. Without a row there is no code to be told.
    except (DatabaseError, OSError) as trouble:
        log.warning("Failure %s was not kept: %s", reference, type(trouble).__name__)
        return False
    return True


async def _guarded_opening(
    opener: Opener, interaction: discord.Interaction, found: dict[str, int]
) -> None:
    try:
        await opener(interaction, found)
    except discord.HTTPException as error:
        if error.code != _KNOWN_ALREADY:  # else the form is shown
            await refuse(interaction, error, found=found)
    except Exception as error:
        await refuse(interaction, error, found=found)


def _register(template: str, **members: Any) -> None:
    name = f"Pressed<{template}>"

    def fill(namespace: dict[str, Any]) -> None:
        namespace.update(members, __module__=__name__)

    CLICKS.append(new_class(name, (_Pressed,), {"template": template}, fill))


def _name(interaction: discord.Interaction) -> str:
    """What was pressed or typed: a custom id, or a command's name."""
    data = sent(interaction)
    return str(data.get("custom_id") or data.get("name") or interaction.type.name)


def sent(interaction: discord.Interaction) -> dict[str, Any]:
    """What Discord sent along: the custom id, what was chosen or typed."""
    return cast(dict[str, Any], interaction.data or {})
