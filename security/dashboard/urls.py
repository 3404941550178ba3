"""Pages about one's own account, under `/akun/`."""

from django.urls import path

from security.dashboard import prove

app_name = "security"
urlpatterns = [
    path("masuk-lagi/", prove.prove, name="prove"),
]
