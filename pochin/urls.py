"""Every address of the house."""

from django.urls import include, path

from pochin.home import views as home

urlpatterns = [
    path("", include("pochin.home.urls")),
    path("language/", home.set_language, name="set_language"),
    path("participants/", include("pochin.participants.urls")),
    path("needs/", include("pochin.needs.urls")),
    path("applications/", include("pochin.applications.urls")),
    path("reviews/", include("pochin.reviews.urls")),
    path("notices/", include("pochin.notices.urls")),
    path("", include("pochin.ui.urls")),
    path("accounts/", include("allauth.urls")),
]

handler400 = "pochin.ui.views.bad_request"
handler403 = "pochin.ui.views.denied"
handler404 = "pochin.ui.views.missing"
handler500 = "pochin.ui.views.broken"
