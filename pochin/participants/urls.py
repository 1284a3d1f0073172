"""Addresses of people, organisations and programmes."""

from django.urls import path

from pochin.participants.views import (
    memberships,
    organisations,
    people,
    programmes,
    registrations,
    seats,
    tokens,
)

app_name = "participants"
urlpatterns = [
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/<str:token>/revoke/", tokens.revoke, name="revoke_token"),
    path("me/", people.profile, name="profile"),
    path("me/edit/", people.edit_profile, name="edit_profile"),
    path("register/", registrations.register, name="register"),
    path("registrations/<slug:key>/", registrations.registration_page, name="registration"),
    path(
        "registrations/<slug:key>/<slug:name>/",
        registrations.act_on_registration,
        name="act_on_registration",
    ),
    path("conflicts/", people.conflict_index, name="conflicts"),
    path("conflicts/new/", people.declare, name="declare"),
    path("conflicts/<slug:key>/", people.conflict_page, name="conflict"),
    path("conflicts/<slug:key>/<slug:name>/", people.act_on_conflict, name="act_on_conflict"),
    path("seats/<slug:key>/", seats.seat_page, name="seat"),
    path("seats/<slug:key>/<slug:name>/", seats.act_on_seat, name="act_on_seat"),
    path("invitations/<slug:key>/", seats.invitation_page, name="invitation"),
    path(
        "invitations/<slug:key>/<slug:name>/",
        seats.act_on_invitation,
        name="act_on_invitation",
    ),
    path("roles/<slug:key>/", programmes.role_page, name="role"),
    path("roles/<slug:key>/<slug:name>/", programmes.act_on_role, name="act_on_role"),
    path("organisations/", organisations.index, name="organisations"),
    path("organisations/new/", organisations.enrol, name="enrol"),
    path("organisations/<slug:key>/", organisations.organisation_page, name="organisation"),
    path("organisations/<slug:key>/edit/", organisations.edit, name="edit_organisation"),
    path("organisations/<slug:key>/join/", memberships.join, name="join"),
    path("organisations/<slug:key>/invite/", seats.invite, name="invite"),
    path("organisations/<slug:key>/<slug:name>/", organisations.act, name="act_on_organisation"),
    path(
        "organisations/<slug:key>/programmes/<slug:programme>/",
        memberships.membership_page,
        name="membership",
    ),
    path(
        "organisations/<slug:key>/programmes/<slug:programme>/<slug:name>/",
        memberships.act_on_membership,
        name="act_on_membership",
    ),
    path("programmes/", programmes.index, name="programmes"),
    path("programmes/new/", programmes.begin, name="begin_programme"),
    path("programmes/<slug:code>/", programmes.programme_page, name="programme"),
    path("programmes/<slug:code>/edit/", programmes.edit, name="edit_programme"),
    path("programmes/<slug:code>/set_criteria/", programmes.set_criteria, name="set_criteria"),
    path("programmes/<slug:code>/clocks/", programmes.propose_clocks, name="propose_clocks"),
    path(
        "programmes/<slug:code>/clocks/<int:number>/", programmes.change_page, name="clock_change"
    ),
    path(
        "programmes/<slug:code>/clocks/<int:number>/<slug:name>/",
        programmes.act_on_change,
        name="act_on_clock_change",
    ),
    path("programmes/<slug:code>/roles/", programmes.roles, name="roles"),
    path("programmes/<slug:code>/roles/new/", programmes.grant, name="grant"),
    path("programmes/<slug:code>/<slug:name>/", programmes.act, name="act_on_programme"),
]
