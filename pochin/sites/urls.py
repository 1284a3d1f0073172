"""Addresses of sites."""

from django.urls import path

from pochin.sites import views

app_name = "sites"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/<slug:programme>/", views.nominate, name="nominate"),
    path("<int:number>/", views.site_page, name="site"),
    path("<int:number>/edit/", views.edit, name="edit"),
    path("<int:number>/<slug:name>/", views.act, name="act"),
]
