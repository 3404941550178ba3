"""Pages that need everything below the bot, and those about Discord."""

from django.urls import path

from bot.dashboard import connect, errors, panels, server, setup, tickets

app_name = "bot"
urlpatterns = [
    path("bot/terpasang/", connect.bot_installed, name="installed"),
    path("toko/<slug:store>/mulai/", setup.setup, name="setup"),
    path("toko/<slug:store>/mulai/bot/", connect.invite_bot, name="invite"),
    path("toko/<slug:store>/panel/", panels.panel_list, name="panels"),
    path("toko/<slug:store>/panel/baru/", panels.add_panel, name="add-panel"),
    path("toko/<slug:store>/panel/pratinjau/", panels.preview, name="preview"),
    path(
        "toko/<slug:store>/panel/<uuid:public_id>/", panels.change_panel, name="panel"
    ),
    path(
        "toko/<slug:store>/panel/<uuid:public_id>/lanjut/",
        panels.resume_panel,
        name="resume-panel",
    ),
    path(
        "toko/<slug:store>/panel/<uuid:public_id>/hapus/",
        panels.remove_panel,
        name="remove-panel",
    ),
    path("toko/<slug:store>/gangguan/", errors.errors, name="errors"),
    path("toko/<slug:store>/tiket/", tickets.ticket_list, name="tickets"),
    path("toko/<slug:store>/tiket/<uuid:public_id>/", tickets.ticket, name="ticket"),
    path(
        "toko/<slug:store>/tiket/<uuid:public_id>/<id:message_id>/<id:number>/",
        tickets.attachment,
        name="attachment",
    ),
    path(
        "toko/<slug:store>/pengaturan/discord/",
        server.server_settings,
        name="server-settings",
    ),
    path("toko/<slug:store>/pengaturan/bot/", connect.doctor_page, name="doctor"),
]
