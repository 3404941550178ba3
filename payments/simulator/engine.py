"""What happens at a simulated gateway: money comes in, time passes, callbacks go out.

Callbacks are repeated sooner than real gateways do it: after one, three and ten seconds
instead of minutes.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from uuid import uuid4

import aiohttp

from payments.simulator.records import Answer, Delivery, State, Transaction
from payments.simulator.storage import Memory
from payments.simulator.voice import Callback, Voice
from ppob.kit.waiting import wait_until_set

RETRY_SECS = (1, 3, 10)
TIMEOUT_SECS = 10
_TICK_SECS = 0.25
_PAYABLE = (State.UNPAID, State.EXPIRED)


class NotPossible(Exception):
    """The transaction's state does not allow this."""


class Engine:
    """The gateway's inner life. Its methods run on the event loop."""

    def __init__(
        self,
        memory: Memory,
        voices: Mapping[str, Voice],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.memory = memory
        self.voices = voices
        self.clock = clock
        self.is_silent = False
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def pay(self, transaction: Transaction, *, amount: int | None = None) -> None:
        """The payer's wallet transfers `amount` rupiah, by default the right one.

        Works after expiry, too: such money is late. Raises NotPossible otherwise.
        """
        self._require(transaction, *_PAYABLE)
        transaction.paid_amount = amount
        transaction.paid_at = int(self.clock())
        self._enter(transaction, State.PAID)

    def expire(self, transaction: Transaction) -> None:
        """The time to pay is over. Raises NotPossible unless still unpaid."""
        self._require(transaction, State.UNPAID)
        self._enter(transaction, State.EXPIRED)

    def fail(self, transaction: Transaction) -> None:
        """The payment fails for good. Raises NotPossible unless still unpaid."""
        self._require(transaction, State.UNPAID)
        self._enter(transaction, State.FAILED)

    def refund(self, transaction: Transaction) -> None:
        """The money goes back to the payer. Raises NotPossible unless paid."""
        self._require(transaction, State.PAID)
        self._enter(transaction, State.REFUND)

    def report(
        self,
        transaction: Transaction,
        *,
        times: int = 1,
        parallel: bool = False,
        queue: str = "",
    ) -> list[Delivery]:
        """Send the present state to the merchant `times` times.

        In parallel or one after the other, and after what is already in `queue`.
        Nothing is sent without a callback address or while the gateway is silent.
        """
        if not transaction.order.callback_url or self.is_silent:
            return []
        callback = self.callback_of(transaction)
        queue = queue or uuid4().hex
        return [
            self._deliver(
                transaction,
                callback,
                queue=f"{queue}/{turn}" if parallel and turn else queue,
            )
            for turn in range(times)
        ]

    def forge(self, transaction: Transaction) -> Delivery | None:
        """A stranger claims that the transaction was paid; the signature is wrong."""
        if not transaction.order.callback_url:
            return None
        callback = self.voices[transaction.gateway].callback(
            transaction, claimed=State.PAID, is_forged=True
        )
        queue = f"{transaction.reference}/forged"
        return self._deliver(transaction, callback, queue=queue, is_forged=True)

    def callback_of(self, transaction: Transaction) -> Callback:
        """What the gateway reports of the transaction now."""
        return self.voices[transaction.gateway].callback(transaction)

    async def run(self) -> None:
        """Let time pass until cancelled: expiry, due callbacks, retries."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            try:
                while True:
                    self._expire_overdue()
                    self._start_due(session)
                    await self._pause()
            finally:
                for task in self._under_way.values():
                    task.cancel()
                await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def forget(self) -> None:
        """Forget all transactions and callbacks."""
        for task in self._under_way.values():
            task.cancel()
        self.is_silent = False
        self.memory.forget()

    def _require(self, transaction: Transaction, *states: State) -> None:
        if transaction.state not in states:
            raise NotPossible(f"The transaction is {transaction.state}.")

    def _enter(self, transaction: Transaction, state: State) -> None:
        transaction.state = state
        self.memory.keep(transaction)

    def _deliver(
        self,
        transaction: Transaction,
        callback: Callback,
        *,
        queue: str,
        is_forged: bool = False,
    ) -> Delivery:
        made = Delivery(
            number=self.memory.next_number(),
            gateway=transaction.gateway,
            reference=transaction.reference,
            url=transaction.order.callback_url,
            body=callback.body,
            headers=callback.headers,
            label="FORGED" if is_forged else transaction.state,
            queue=queue,
            retries_left=0 if is_forged else len(RETRY_SECS),
            due_at=self.clock(),
        )
        self.memory.keep(made)
        self._woken.set()
        return made

    def _expire_overdue(self) -> None:
        now = self.clock()
        for transaction in list(self.memory.unpaid.values()):
            if transaction.order.expires_at <= now:
                self.expire(transaction)
                self.report(transaction)

    def _start_due(self, session: aiohttp.ClientSession) -> None:
        now = self.clock()
        waiting: set[str] = set()
        for number, delivery in sorted(self.memory.pending.items()):
            is_first = delivery.queue not in waiting
            waiting.add(delivery.queue)
            is_due = delivery.due_at is not None and delivery.due_at <= now
            if is_first and is_due and number not in self._under_way:
                self._start(delivery, session)

    def _start(self, delivery: Delivery, session: aiohttp.ClientSession) -> None:
        task = asyncio.create_task(self._send(delivery, session))
        self._under_way[delivery.number] = task
        task.add_done_callback(lambda _task: self._finished(delivery))

    def _finished(self, delivery: Delivery) -> None:
        self._under_way.pop(delivery.number, None)
        self._woken.set()

    async def _send(self, delivery: Delivery, session: aiohttp.ClientSession) -> None:
        voice = self.voices[delivery.gateway]
        answer = await _post(delivery, voice, session, at=self.clock())
        delivery.answers.append(answer)
        if answer.accepted or not delivery.retries_left:
            delivery.due_at = None
        else:
            delivery.due_at = self.clock() + RETRY_SECS[-delivery.retries_left]
            delivery.retries_left -= 1
        self.memory.keep(delivery)

    async def _pause(self) -> None:
        if await wait_until_set(self._woken, secs=_TICK_SECS):
            self._woken.clear()


async def _post(
    delivery: Delivery, voice: Voice, session: aiohttp.ClientSession, *, at: float
) -> Answer:
    code = 0
    try:
        async with session.post(
            delivery.url,
            data=delivery.body.encode(),
            headers=delivery.headers,
            allow_redirects=False,
        ) as answer:
            code = answer.status
            content = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return Answer(at, code, accepted=False)
    return Answer(at, code, accepted=voice.is_yes(content) and code < 300)
