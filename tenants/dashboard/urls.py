"""Pages about stores themselves."""

from django.urls import path

from tenants.dashboard import (
    health,
    history,
    invitation,
    members,
    settings,
    stores,
)

app_name = "tenants"
urlpatterns = [
    path("toko/", stores.store_list, name="stores"),
    path("buka-toko/", stores.open_store, name="open-store"),
    path(
        "toko/<slug:store>/pengaturan/", settings.store_settings_page, name="settings"
    ),
    path("toko/<slug:store>/kesehatan/", health.health_page, name="health"),
    path(
        "toko/<slug:store>/pengaturan/riwayat/", history.change_history, name="history"
    ),
    path("undangan/<str:token>/", invitation.invitation, name="invitation"),
    path("toko/<slug:store>/staf/", members.members, name="members"),
    path("toko/<slug:store>/staf/undang/", members.invite_member, name="invite-member"),
    path(
        "toko/<slug:store>/staf/undangan/<uuid:public_id>/cabut/",
        members.revoke_invitation,
        name="revoke-invitation",
    ),
    path(
        "toko/<slug:store>/staf/<id:member_id>/peran/",
        members.change_role,
        name="change-role",
    ),
    path(
        "toko/<slug:store>/staf/<id:member_id>/keluarkan/",
        members.remove_member,
        name="remove-member",
    ),
    path("toko/<slug:store>/staf/keluar/", members.leave_store, name="leave-store"),
    path(
        "toko/<slug:store>/staf/<id:member_id>/serahkan/",
        members.offer_store,
        name="offer-store",
    ),
    path(
        "toko/<slug:store>/staf/serah-terima/<uuid:public_id>/batal/",
        members.withdraw_offer,
        name="withdraw-offer",
    ),
    path(
        "toko/<slug:store>/staf/serah-terima/<uuid:public_id>/jawab/",
        members.answer_offer,
        name="answer-offer",
    ),
]
