"""The HTML of the OAuth2 pages. Everything that comes from outside is escaped."""

from html import escape
from typing import Protocol

import discord
from yarl import URL

from bot.simulator import world

SCOPE_TEXTS = {
    "identify": "Mengakses nama pengguna, avatar, dan banner-mu",
    "email": "Mengakses alamat emailmu",
    "guilds": "Mengetahui server apa saja yang kamu ikuti",
    "guilds.members.read": "Membaca info keanggotaanmu di server",
    "applications.commands": "Membuat perintah di server",
    "bot": "Menambahkan bot ke sebuah server",
    "role_connections.write": "Memperbarui metadata koneksi role-mu",
}
PERMISSION_TEXTS = {
    "administrator": "Administrator",
    "view_channel": "Lihat Channel",
    "read_messages": "Lihat Channel",
    "manage_channels": "Kelola Channel",
    "manage_roles": "Kelola Role",
    "manage_messages": "Kelola Pesan",
    "manage_threads": "Kelola Thread",
    "manage_guild": "Kelola Server",
    "send_messages": "Kirim Pesan",
    "send_messages_in_threads": "Kirim Pesan di Thread",
    "create_private_threads": "Buat Thread Privat",
    "create_public_threads": "Buat Thread Publik",
    "embed_links": "Sematkan Tautan",
    "attach_files": "Lampirkan File",
    "read_message_history": "Baca Riwayat Pesan",
    "use_application_commands": "Gunakan Perintah Aplikasi",
    "add_reactions": "Tambah Reaksi",
    "mention_everyone": "Mention @everyone",
    "external_emojis": "Gunakan Emoji Eksternal",
    "kick_members": "Keluarkan Anggota",
    "ban_members": "Blokir Anggota",
}
_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Discord Lokal</title>
<link rel="icon" href="/page/icon.svg">
<link rel="stylesheet" href="/page/base.css">
<link rel="stylesheet" href="/page/consent.css"></head>
<body class="consent"><main class="card">{body}</main></body></html>
"""


class Request(Protocol):
    """What the page needs to know of `oauth.Asked`."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Scope names."""

    @property
    def permissions(self) -> int:
        """Permission bits asked for the bot."""

    @property
    def guild_id(self) -> int | None:
        """The preselected server."""

    @property
    def guild_fixed(self) -> bool:
        """Whether another server may be picked."""

    @property
    def with_bot(self) -> bool:
        """Whether the bot wants to join."""


def people_page(url: URL) -> str:
    """Ask who one is."""
    here = url.without_query_params("person", "switch")
    rows = "".join(
        f'<a class="choice" data-person="{person.id}"'
        f' href="{escape(str(here.update_query(person=str(person.id))))}">'
        f'<img src="{_avatar(person.id)}" alt="" width="40" height="40">'
        f"<span><b>{escape(person.display_name)}</b>"
        f"<small>{escape(person.about)}</small></span></a>"
        for person in world.PEOPLE
    )
    body = (
        "<h1>Kamu siapa?</h1><p>Pilih akun untuk masuk ke Discord lokal.</p>"
        f'<div class="choices">{rows}</div>'
    )
    return _page("Masuk", body)


def consent_page(
    url: URL,
    person: world.Person,
    asked: Request,
    guilds: list[tuple[int, str]],
) -> str:
    """Ask whether the application may do what it wants."""
    switch = url.without_query_params("person").update_query(switch="1")
    if asked.with_bot and not guilds:
        text = "Belum ada server yang bisa kamu kelola."
        return error_page(text, f'<a href="{escape(str(switch))}">Ganti akun</a>')
    scopes = "".join(
        f"<li>{escape(SCOPE_TEXTS.get(scope, scope))}</li>" for scope in asked.scopes
    )
    bot_part = _guild_choice(asked, guilds) + _permissions(asked.permissions)
    body = f"""
<div class="pair"><img src="{_avatar(world.BOT_ID)}" alt="" width="72" height="72">
<span aria-hidden="true">•••</span>
<img src="{_avatar(person.id)}" alt="" width="72" height="72"></div>
<p class="muted">Aplikasi eksternal</p>
<h1>{escape(world.BOT_NAME)}</h1>
<p>ingin mengakses akun Discord-mu</p>
<p class="muted">Masuk sebagai
<b data-signed-in="{person.id}">{escape(person.username)}</b> ·
<a href="{escape(str(switch))}" data-action="switch">Bukan kamu?</a></p>
<form method="post">
<input type="hidden" name="person" value="{person.id}">
<h2>Izin ini akan membolehkan {escape(world.BOT_NAME)} untuk</h2>
<ul class="scopes">{scopes}</ul>
{bot_part if asked.with_bot else ""}
<div class="buttons">
<button class="plain" name="decision" value="cancel" data-action="cancel">Batal</button>
<button class="primary" name="decision" value="authorize"
 data-action="authorize">Izinkan</button>
</div></form>"""
    return _page("Izinkan aplikasi", body)


def done_page(guild_name: str) -> str:
    """The bot was added and there is nowhere to go back to."""
    body = (
        "<h1>Berhasil</h1>"
        f"<p>{escape(world.BOT_NAME)} sekarang ada di <b>{escape(guild_name)}</b>.</p>"
        '<p><a class="primary button" href="/">Buka Discord lokal</a></p>'
    )
    return _page("Berhasil", body)


def error_page(text: str, extra: str = "") -> str:
    """Why it did not work; `extra` is HTML of ours."""
    body = f'<h1>Tidak bisa dilanjutkan</h1><p role="alert">{escape(text)}</p>{extra}'
    return _page("Tidak bisa dilanjutkan", body)


def _guild_choice(asked: Request, guilds: list[tuple[int, str]]) -> str:
    options = "".join(
        f'<option value="{guild_id}"'
        f"{' selected' if guild_id == asked.guild_id else ''}>{escape(name)}</option>"
        for guild_id, name in guilds
    )
    fixed = asked.guild_fixed and asked.guild_id is not None
    return (
        '<label class="field">Tambahkan ke server'
        f'<select name="guild_id" required{" disabled" if fixed else ""}>'
        f"{options}</select></label>"
    )


def _permissions(bits: int) -> str:
    flags = discord.Permissions.VALID_FLAGS
    rows = []
    seen: set[int] = set()
    for name, flag in flags.items():
        if not bits & flag or flag in seen:
            continue
        seen.add(flag)
        text = PERMISSION_TEXTS.get(name, name.replace("_", " ").title())
        rows.append(
            '<label class="tick"><input type="checkbox" name="permission"'
            f' value="{flag}" data-permission="{name}" checked> {escape(text)}</label>'
        )
    if not rows:
        return ""
    return f"<h2>Izin bot di server itu</h2><div>{''.join(rows)}</div>"


def _avatar(user_id: int) -> str:
    return f"/cdn/avatars/{user_id}/{user_id:032x}.png"


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)
