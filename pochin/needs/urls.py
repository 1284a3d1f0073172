"""Addresses of needs."""

from django.urls import path

from pochin.needs import views

app_name = "needs"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/<slug:programme>/", views.begin, name="begin"),
    path("<int:number>/", views.need_page, name="page"),
    path("<int:number>/edit/", views.edit, name="edit"),
    path("<int:number>/ask/", views.ask, name="ask"),
    path("<int:number>/<slug:name>/", views.act, name="act"),
    path(
        "<int:number>/questions/<int:question>/<slug:name>/",
        views.act_on_question,
        name="act_on_question",
    ),
]
