"""What the bot's cells are and what each of them must answer."""

import re
from dataclasses import dataclass, replace
from typing import Any

from tests.isolation import canary
from tests.isolation.calls import Id
from tests.isolation.chat import Chat, Place
from tests.isolation.presses import Press
from tests.isolation.report import Report
from tests.isolation.watch import Watch
from tests.isolation.world import AYU, BIMA, Side, World

CITRA = 610_000_000_000_000_003  # a buyer of neither store
NOWHERE = 690_000_000_000_000_000  # a server without a store
OWNED = {"order", "payment", "deposit", "money"}  # what has one buyer
# Each answer about an account names the check that was written down for it.
_NEW_CHECK = re.compile(r"(v1:(?:buyfor|sure):\w+:\w+:)\d+")
OUR_FAULT = "failed (reference"
# In one's own store one is known, and being turned away is written down.
NOTED = frozenset({"security_auditentry", "tenants_customer"})


@dataclass
class Cells:
    """Presses everything in the wrong hands and places, and at last as it should be."""

    world: World
    watch: Watch
    report: Report
    prints: canary.Fingerprints
    chat: Chat

    async def check_press(self, verb: str, mine: Press, theirs: Press) -> None:
        """Every cell of one button, menu or form."""
        ours, others = self.world.ours, self.world.theirs
        at_home = Place(AYU, ours.guild.discord_id)
        nothing = _nothing_of(mine)
        absent = await self._press(verb, nothing, at_home)
        for name, swapped in _swaps(mine, theirs):
            await self._press(verb, _swap_absent(mine, name), at_home)
            said = await self._cell(verb, f"their {name}", swapped, at_home, others)
            again = await self._press(verb, _swap_absent(mine, name), at_home)
            self._same(f"{verb} with their {name}", said, again, swapped, mine, nothing)
        in_private = Place(CITRA, None)
        said = await self._cell(
            verb, "all theirs, in private", theirs, in_private, others
        )
        again = await self._press(verb, nothing, in_private)
        self._same(f"{verb} in private", said, again, theirs, nothing)
        await self._cell(
            verb, "where no store is", mine, Place(AYU, NOWHERE), ours, others
        )
        abroad = Place(AYU, others.guild.discord_id)
        said = await self._cell(verb, "ours, in their server", mine, abroad, ours)
        if not mine.shows_everybody:
            again = await self._press(verb, nothing, abroad)
            self._same(f"{verb} in their server", said, again, mine, nothing)
        if OWNED & set(mine.ids):
            stranger = Place(BIMA, ours.guild.discord_id)
            await self._cell(verb, "of another buyer", mine, stranger, ours, others)
        said = await self._cell(verb, "as it should be", mine, at_home, others)
        if not mine.shows_everybody and said == absent:
            self.report.fail(verb, "a valid press is answered like an invalid one")

    async def check_command(self, command: Any, mine: Any, theirs: Any) -> None:
        """A command shows the store of the server it is used in, whatever is typed."""
        ours, others = self.world.ours, self.world.theirs
        name, at_home = f"/{command.name}", Place(AYU, ours.guild.discord_id)
        for is_typing in (False, True):
            if is_typing and not any(_suggests(command, option) for option in mine):
                continue
            for cell, options, place, kept in (
                ("ours", mine, at_home, (others,)),
                ("theirs", theirs, at_home, (others,)),
                (
                    "ours in their server",
                    mine,
                    Place(AYU, others.guild.discord_id),
                    (ours,),
                ),
                ("where no store is", mine, Place(AYU, NOWHERE), (ours, others)),
                ("in private", theirs, Place(CITRA, None), (ours, others)),
            ):
                before = self._before(kept)
                said = await self.chat.command(
                    command, options, place, is_typing=is_typing
                )
                self._look(f"{name} {cell}", said, kept, before)
                self.report.count("commands of the bot", name)

    async def _cell(
        self, verb: str, what: str, press: Press, place: Place, *kept: Side
    ) -> str:
        """One press; the stores in `kept` show nothing and stay as they are."""
        before = self._before(kept)
        said = await self._press(verb, press, place)
        self._look(f"{verb}, {what}", said, kept, before)
        self.report.count("components", verb)
        return said

    async def _press(self, verb: str, press: Press, place: Place) -> str:
        return await self.chat.press(verb, press, place)

    def _before(self, kept: tuple[Side, ...]) -> dict[int, dict[str, str]]:
        self.watch.take()
        return {side.tenant.pk: self.prints.take(side.tenant.pk) for side in kept}

    def _look(
        self, cell: str, said: str, kept: tuple[Side, ...], before: dict[int, Any]
    ) -> None:
        named = self.watch.tenants()
        out = said + self.watch.take()
        if OUR_FAULT in out:
            self.report.fail(cell, out[out.index(OUR_FAULT) - 60 :][:300])
        for side in kept:
            pk = side.tenant.pk
            if side.word in out:
                self.report.fail(cell, f"it shows words of {side.tenant.slug}: {said}")
            allowed = NOTED if side is self.world.ours else frozenset()
            touched = canary.changed(before[pk], self.prints.take(pk), allowed)
            self.report.expect(cell, touched, [], f"what changed in {side.tenant.slug}")
            if pk in named and side is self.world.theirs:
                self.report.fail(cell, f"it starts work for {side.tenant.slug}")

    def _same(self, cell: str, said: str, again: str, *presses: Press) -> None:
        """Whether both answers are the same but for the ids that were pressed."""
        values = {str(found.value) for press in presses for found in _ids_of(press)}
        pattern = "|".join(rf"\b{value}\b" for value in sorted(values, key=len)) or "$^"
        left, right = (
            _NEW_CHECK.sub(r"\1NEW", re.sub(pattern, "ID", text))
            for text in (said, again)
        )
        if left != right:
            self.report.fail(cell, f"{left} is not {right}")


def _ids_of(press: Press) -> list[Id]:
    chosen = [value for value in press.values if isinstance(value, Id)]
    return [*press.ids.values(), *chosen]


def _swaps(mine: Press, theirs: Press) -> list[tuple[str, Press]]:
    """The press with one of their ids each."""
    found = [
        (name, replace(mine, ids=mine.ids | {name: theirs.ids[name]}))
        for name, value in mine.ids.items()
        if not value.is_position
    ]
    if any(isinstance(value, Id) for value in mine.values):
        found.append(("value", replace(mine, values=theirs.values)))
    if mine.message_id != theirs.message_id:
        found.append(("message", replace(mine, message_id=theirs.message_id)))
    return found


def _swap_absent(mine: Press, name: str) -> Press:
    nothing = _nothing_of(mine)
    return dict(_swaps(mine, nothing))[name]


def _nothing_of(press: Press) -> Press:
    """The press with ids of nothing."""
    return replace(
        press,
        ids={
            name: value if value.is_position else value.absent
            for name, value in press.ids.items()
        },
        values=[
            value.absent if isinstance(value, Id) else value for value in press.values
        ],
        message_id=press.message_id if press.message_id == 77 else 76,
    )


def _suggests(command: Any, option: str) -> bool:
    parameter = command._params.get(option)
    return parameter is not None and bool(parameter.autocomplete)
