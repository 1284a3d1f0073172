"""Every address of the house."""

from django.urls import URLPattern, URLResolver, include, path

from pochin.api import api
from pochin.dossier import views as dossier
from pochin.home import views as home
from pochin.home.data_views import data, programs
from pochin.ui.doors import Doors

rooms: list[URLPattern | URLResolver] = [
    path("language/", home.set_language, name="set_language"),
    path("participants/", include("pochin.participants.urls")),
    # What was offered to a need and what was tried tells of chapters above it.
    path("needs/<int:number>/cases/", dossier.of_need, name="of_need"),
    path("needs/", include("pochin.needs.urls")),
    path("solutions/", include("pochin.solutions.urls")),
    path("sites/", include("pochin.sites.urls")),
    path("markets/", include("pochin.markets.urls")),
    path("agreements/", include("pochin.agreements.urls")),
    path("news/", include("pochin.news.urls")),
    path("coordination/", include("pochin.coordination.urls")),
    path("applications/", include("pochin.applications.urls")),
    path("reviews/", include("pochin.reviews.urls")),
    # The page of a pilot tells the whole case, so it stands in the hall.
    path("pilots/<int:number>/", dossier.case, name="case"),
    path("pilots/", include("pochin.pilots.urls")),
    path("measurements/", include("pochin.measurements.urls")),
    path("portfolio/", include("pochin.portfolio.urls")),
    path("evaluations/", include("pochin.evaluations.urls")),
    path("decisions/", include("pochin.decisions.urls")),
    path("deals/", include("pochin.deals.urls")),
    path("exports/", include("pochin.exports.urls")),
    path("jobs/", include("pochin.jobs.urls")),
    path("keeping/", include("pochin.keeping.urls")),
    path("notices/", include("pochin.notices.urls")),
    path("demo/", include("pochin.demo.urls")),
    # The page of open data tells of every address for programs too.
    path("data/", data, {"api": api}, name="open_data"),
    path("api/", programs, name="programs"),
    path("api/", api.urls),
    path("", include("pochin.ui.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("pochin.home.urls")),
]
urlpatterns = [Doors(rooms)]

handler400 = "pochin.ui.views.bad_request"
handler403 = "pochin.ui.views.denied"
handler404 = "pochin.ui.views.missing"
handler429 = "pochin.ui.views.hurried"
handler500 = "pochin.ui.views.broken"
