"""Addresses of solutions."""

from django.urls import path

from pochin.solutions import views

app_name = "solutions"
urlpatterns = [
    path("", views.index, name="index"),
    path("of/<slug:key>/", views.of_organisation, name="of"),
    path("of/<slug:key>/new/", views.begin, name="begin"),
    path("<int:number>/", views.solution_page, name="solution"),
    path("<int:number>/edit/", views.edit, name="edit"),
    path("<int:number>/<slug:name>/", views.act, name="act"),
]
