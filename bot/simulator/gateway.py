"""The gateway: WebSocket sessions of bots, with RESUME, intents and visibility."""

import asyncio
import copy
import json
import logging
import secrets
import time
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import discord
from aiohttp import WSMsgType, web
from simcord import intents as simcord_intents
from simcord.backend import serializers
from simcord.backend.access import channel_accessible

from bot.simulator import gateway_members, world
from bot.simulator.backend import LocalBackend
from bot.simulator.extra_routes import APPLICATION_FLAGS

logger = logging.getLogger(__name__)

HEARTBEAT_MS = 41250
REPLAY_SIZE = 2000
SESSION_LIFE_SECS = 300.0
_SEEN_ONLY_BY_VIEWERS = ("MESSAGE_", "TYPING_", "THREAD_CREATE", "CHANNEL_CREATE")


@dataclass
class Connection:
    """One open socket and the frames that wait for it."""

    socket: web.WebSocketResponse
    zlib_stream: bool
    outbox: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)

    async def write_all(self) -> None:
        """Send frames in order until a None comes."""
        packer = zlib.compressobj() if self.zlib_stream else None
        while (frame := await self.outbox.get()) is not None:
            text = json.dumps(frame, separators=(",", ":"))
            if packer is None:
                await self.socket.send_str(text)
                continue
            packed = packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
            await self.socket.send_bytes(packed)


@dataclass
class Session:
    """A logged-in bot; outlives its connection for some minutes."""

    id: str
    intents: discord.Intents
    seq: int = 0
    sent: deque[dict[str, Any]] = field(
        default_factory=lambda: deque(maxlen=REPLAY_SIZE)
    )
    connection: Connection | None = None
    left_at: float = 0.0

    def dispatch(self, event: str, data: Mapping[str, Any]) -> None:
        """Send an event, or keep it for RESUME while nobody is connected."""
        self.seq += 1
        frame = {"op": 0, "s": self.seq, "t": event, "d": data}
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.outbox.put_nowait(frame)


class Gateway:
    """All sessions; turns the backend's events into what each bot may see."""

    def __init__(self, backend: LocalBackend) -> None:
        self._backend = backend
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.asked_for_content: deque[bool] = deque(maxlen=100)
        self._refusals: deque[int] = deque()
        self.resumes = 0

    def on_event(self, event: str, payload: Mapping[str, Any]) -> None:
        """Deliver one backend event to every session."""
        horizon = time.monotonic() - SESSION_LIFE_SECS
        for session in list(self.sessions.values()):
            if session.connection is None and session.left_at < horizon:
                del self.sessions[session.id]
                continue
            data = self._project(session, event, payload)
            if data is not None:
                session.dispatch(event, data)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection from HELLO to the end."""
        socket = web.WebSocketResponse(max_msg_size=16384, heartbeat=None)
        await socket.prepare(request)
        wants_zlib = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, wants_zlib)
        writer = asyncio.create_task(connection.write_all())
        connection.outbox.put_nowait(
            {"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": HEARTBEAT_MS}}
        )
        address = f"ws://{request.host}/gateway"
        try:
            await self._read(connection, address)
        except ConnectionResetError:
            logger.info("A bot's gateway connection broke")
        finally:
            self._detach(connection)
            connection.outbox.put_nowait(None)
            writer.cancel()
        return socket

    async def drop_connections(self, code: int) -> int:
        """Cut every bot's connection with this close code; how many there were."""
        cut = 0
        for session in list(self.sessions.values()):
            connection = session.connection
            if connection is not None:
                self._detach(connection)
                await connection.socket.close(code=code)
                cut += 1
        return cut

    def ask_reconnect(self) -> int:
        """Send op 7 to every connected bot; how many there were."""
        asked = 0
        for session in self.sessions.values():
            if session.connection is not None:
                frame = {"op": 7, "s": None, "t": None, "d": None}
                session.connection.outbox.put_nowait(frame)
                asked += 1
        return asked

    def refuse(self, code: int, *, times: int) -> None:
        """Close the next `times` logins with this code.

        4014 is for those who ask for what messages say.
        """
        self._refusals.extend([code] * times)

    def forget_sessions(self) -> None:
        """Make every RESUME fail, as after a long outage."""
        for session in list(self.sessions.values()):
            if session.connection is None:
                del self.sessions[session.id]

    async def _read(self, connection: Connection, address: str) -> None:
        quiet_secs = HEARTBEAT_MS / 1000 * 1.5
        while True:
            try:
                message = await connection.socket.receive(timeout=quiet_secs)
            except TimeoutError:
                await connection.socket.close(code=4009)
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                self._forget_if_done(connection, message.data)
                return
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                close_code = self._receive(connection, message.data, address)
                if close_code:
                    await connection.socket.close(code=close_code)
                    return

    def _receive(
        self, connection: Connection, raw: str | bytes, address: str
    ) -> int | None:
        """Act on one frame; the close code when the bot made a fatal mistake."""
        try:
            frame = json.loads(raw)
            op, data = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError):
            return 4002
        if op == 1:
            connection.outbox.put_nowait({"op": 11, "s": None, "t": None, "d": None})
        elif op == 2:
            return self._identify(connection, data, address)
        elif op == 6:
            return self._resume(connection, data)
        elif op == 8:
            self._request_members(connection, data)
        return None

    def _identify(self, connection: Connection, data: Any, address: str) -> int | None:
        if not isinstance(data, dict) or data.get("token") != world.BOT_TOKEN:
            return 4004
        intents = discord.Intents.none()
        intents.value = int(data.get("intents", 0))
        self.asked_for_content.append(intents.message_content)
        if self._refusals and (intents.message_content or self._refusals[0] != 4014):
            return self._refusals.popleft()
        session = Session(secrets.token_hex(16), intents, connection=connection)
        self.sessions[session.id] = session
        self.identifies += 1
        guilds = self._backend.bot_guilds()
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": dict(serializers.user_payload(self._backend.bot_user)),
                "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
                "session_id": session.id,
                "resume_gateway_url": address,
                "shard": data.get("shard", [0, 1]),
                "application": {"id": str(world.BOT_ID), "flags": APPLICATION_FLAGS},
                "_trace": [],
            },
        )
        for guild in guilds:
            payload: Any = serializers.guild_create_payload(self._backend, guild)
            shaped = self._project(session, "GUILD_CREATE", payload)
            if shaped is not None:
                # Only a guild that was announced in READY carries this key; without
                # it discord.py reports that the bot has just joined.
                session.dispatch("GUILD_CREATE", {**shaped, "unavailable": False})
        return None

    def _resume(self, connection: Connection, data: Any) -> int | None:
        if not isinstance(data, dict) or data.get("token") != world.BOT_TOKEN:
            return 4004
        session = self.sessions.get(str(data.get("session_id")))
        if session is None or data.get("seq") is None:
            connection.outbox.put_nowait({"op": 9, "s": None, "t": None, "d": False})
            return None
        self.resumes += 1
        for frame in session.sent:
            if frame["s"] > int(data["seq"]):
                connection.outbox.put_nowait(frame)
        session.connection = connection
        session.dispatch("RESUMED", {})
        return None

    def _request_members(self, connection: Connection, data: Any) -> None:
        session = self._session_of(connection)
        if session is None or not isinstance(data, dict):
            return
        for chunk in gateway_members.chunks(self._backend, data):
            session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _project(
        self, session: Session, event: str, payload: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What this bot sees of an event, or None."""
        gate = simcord_intents.required_intent(event, payload)
        if gate is not None and not getattr(session.intents, gate):
            return None
        if not self._concerns_bot(event, payload):
            return None
        data = copy.deepcopy(dict(payload))
        bot_id = self._backend.bot_user.id
        if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            if not session.intents.message_content:
                simcord_intents.censor_message(data, bot_id, backend=self._backend)
        elif event == "GUILD_CREATE":
            data.pop("unavailable", None)
            simcord_intents.prune_guild_create(data, session.intents, bot_id)
            data["threads"] = [
                thread
                for thread in data["threads"]
                if channel_accessible(self._backend, int(thread["id"]), bot_id)
            ]
        return data

    def _concerns_bot(self, event: str, payload: Mapping[str, Any]) -> bool:
        bot_id = self._backend.bot_user.id
        if event == "GUILD_DELETE":
            return True
        is_guild = event in ("GUILD_CREATE", "GUILD_UPDATE")
        guild_id = payload.get("id" if is_guild else "guild_id")
        if guild_id is not None and not self._backend.is_member(int(guild_id), bot_id):
            return False
        if not event.startswith(_SEEN_ONLY_BY_VIEWERS):
            return True
        about_channel = event in ("CHANNEL_CREATE", "THREAD_CREATE")
        channel_id = int(payload["id" if about_channel else "channel_id"])
        return channel_accessible(self._backend, channel_id, bot_id)

    def _session_of(self, connection: Connection) -> Session | None:
        for session in self.sessions.values():
            if session.connection is connection:
                return session
        return None

    def _detach(self, connection: Connection) -> None:
        session = self._session_of(connection)
        if session is not None:
            session.connection = None
            session.left_at = time.monotonic()

    def _forget_if_done(self, connection: Connection, code: int | None) -> None:
        # 1000 and 1001 end a session; anything else keeps it for RESUME.
        session = self._session_of(connection)
        if session is not None and code in (1000, 1001):
            del self.sessions[session.id]
