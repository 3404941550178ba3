"""Pages about one's own account, under `/accounts/`."""

from django.urls import path

from security.dashboard import sessions

app_name = "people"
urlpatterns = [
    path("sessions/", sessions.session_list, name="sessions"),
    path("sessions/others/end/", sessions.end_other_sessions, name="end-others"),
    path("sessions/<int:session_id>/end/", sessions.end_session, name="end-session"),
]
