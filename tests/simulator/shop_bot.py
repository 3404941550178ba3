"""A small discord.py bot in a process of its own, for the simulator's tests."""

import asyncio
import io
import sys

import discord
import discord.asset
import discord.gateway
import discord.http
import yarl
from discord import app_commands

BASE_URL, TOKEN = sys.argv[1], sys.argv[2]

discord.http.Route.BASE = f"{BASE_URL}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(
    BASE_URL.replace("http", "ws", 1) + "/gateway"
)
discord.asset.Asset.BASE = f"{BASE_URL}/cdn"


class Form(discord.ui.Modal, title="Isi data"):
    name = discord.ui.TextInput(label="Nama", max_length=20)
    colour = discord.ui.Label(
        text="Warna",
        component=discord.ui.Select(
            options=[
                discord.SelectOption(label="Merah", value="red"),
                discord.SelectOption(label="Biru", value="blue"),
            ]
        ),
    )
    proof = discord.ui.Label(
        text="Bukti", component=discord.ui.FileUpload(required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        files = self.proof.component.values
        read = [(await item.read()).decode() for item in files]
        await interaction.response.send_message(
            f"{self.name.value} {self.colour.component.values[0]} {read}",
            ephemeral=True,
        )


class Panel(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Beli", custom_id="buy", style=discord.ButtonStyle.green)
    async def buy(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("Pesanan dibuat")
        await interaction.followup.send("Cek DM", ephemeral=True)

    @discord.ui.button(label="Isi", custom_id="form")
    async def form(
        self, interaction: discord.Interaction, _: discord.ui.Button
    ) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Diam", custom_id="silent")
    async def silent(
        self, interaction: discord.Interaction, _: discord.ui.Button
    ) -> None:
        return

    @discord.ui.select(
        custom_id="pick",
        options=[
            discord.SelectOption(label="Satu", value="1"),
            discord.SelectOption(label="Dua", value="2"),
        ],
    )
    async def pick(
        self, interaction: discord.Interaction, menu: discord.ui.Select
    ) -> None:
        await interaction.response.edit_message(content=f"dipilih {menu.values[0]}")


class ShopBot(discord.Client):
    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, members=True
            ),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        add_commands(self.tree)
        self.add_view(Panel())
        await self.tree.sync()

    async def on_ready(self) -> None:
        print("ready", flush=True)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await guild.text_channels[0].send(f"Halo {guild.name}")

    async def on_message(self, message: discord.Message) -> None:
        if message.guild is None and message.author != self.user:
            await message.channel.send(f"DM: {message.content}")


def add_commands(tree: app_commands.CommandTree) -> None:
    add_messages(tree)
    add_channels(tree)


def add_messages(tree: app_commands.CommandTree) -> None:
    @tree.command(name="panel", description="Pasang panel")
    async def panel(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="Toko", description="Pilih produk")
        await interaction.response.send_message(embed=embed, view=Panel())

    @tree.command(name="katalog", description="Katalog")
    @app_commands.describe(produk="Nama produk", jumlah="Berapa")
    async def catalog(
        interaction: discord.Interaction, produk: str, jumlah: int = 1
    ) -> None:
        await interaction.response.send_message(
            f"{produk} x{jumlah} {interaction.locale}", ephemeral=True
        )

    @catalog.autocomplete("produk")
    async def suggest(
        _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        names = ["Netflix", "Spotify"]
        return [
            app_commands.Choice(name=name, value=name.lower())
            for name in names
            if current.lower() in name.lower()
        ]

    @tree.command(name="berkas", description="Kirim berkas")
    async def send_file(
        interaction: discord.Interaction, file: discord.Attachment
    ) -> None:
        data = await file.read()
        copy = discord.File(io.BytesIO(data[::-1]), filename=f"kopi-{file.filename}")
        await interaction.response.send_message("ini", file=copy)

    @tree.command(name="banjir", description="Banyak pesan")
    async def flood(interaction: discord.Interaction, jumlah: int) -> None:
        await interaction.response.defer()
        for number in range(jumlah):
            await interaction.channel.send(f"pesan {number}")
        await interaction.followup.send("selesai")

    @tree.command(name="kosong", description="Embed yang ditolak")
    async def refused(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="x")
        embed.add_field(name="Nama", value="")
        try:
            await interaction.response.send_message(embed=embed)
        except discord.HTTPException as error:
            await interaction.response.send_message(f"{error.status} {error.code}")

    @tree.command(name="kartu", description="Components V2")
    async def card(interaction: discord.Interaction) -> None:
        view = discord.ui.LayoutView(timeout=None)
        text = discord.ui.TextDisplay("# Kartu\nStok **12**")
        view.add_item(discord.ui.Container(text, discord.ui.Separator()))
        await interaction.response.send_message(view=view)


def add_channels(tree: app_commands.CommandTree) -> None:
    @tree.command(name="tiket", description="Buka tiket")
    async def ticket(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild = interaction.guild
        hidden = discord.PermissionOverwrite(view_channel=False)
        shown = discord.PermissionOverwrite(view_channel=True, send_messages=True)
        try:
            channel = await guild.create_text_channel(
                f"tiket-{interaction.user.name}",
                overwrites={
                    guild.default_role: hidden,
                    interaction.user: shown,
                    guild.me: shown,
                },
            )
        except discord.Forbidden as error:
            await interaction.followup.send(f"ditolak {error.code}")
            return
        await channel.send(f"Halo {interaction.user.mention}")
        await interaction.followup.send(channel.mention)

    @tree.command(name="sapa", description="Kirim DM")
    async def greet(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            await interaction.user.send("Halo lewat DM")
        except discord.Forbidden as error:
            await interaction.followup.send(f"tertutup {error.code}")
            return
        await interaction.followup.send("terkirim")


async def main() -> None:
    async with ShopBot() as bot:
        await bot.start(TOKEN)


if __name__ == "__main__":
    discord.utils.setup_logging(level=10)
    asyncio.run(main())
