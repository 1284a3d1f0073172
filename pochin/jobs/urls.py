"""Addresses of background work."""

from django.urls import path

from pochin.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:key>/", views.job_page, name="job"),
    path("<slug:key>/stop/", views.stop, name="stop"),
    path("<slug:key>/again/", views.again, name="again"),
]
