"""Pages about one's own account, under `/akun/`."""

from django.urls import path

from security.dashboard import factors, sessions, steps

app_name = "security"
urlpatterns = [
    path("", factors.account, name="account"),
    path("sesi/", sessions.session_list, name="sessions"),
    path("sesi/lainnya/akhiri/", sessions.end_other_sessions, name="end-others"),
    path("sesi/<id:session_id>/akhiri/", sessions.end_session, name="end-session"),
    path("masuk-lagi/", steps.prove, name="prove"),
    path("langkah-kedua/", steps.second_step, name="second-step"),
    path("langkah-kedua/aplikasi/", factors.add_app, name="add-app"),
    path("langkah-kedua/passkey/", factors.add_passkey, name="add-passkey"),
    path("langkah-kedua/kode-darurat/", factors.new_codes, name="new-codes"),
    path(
        "langkah-kedua/<id:factor>/hapus/",
        factors.remove_factor,
        name="remove-factor",
    ),
]
