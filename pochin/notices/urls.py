"""Addresses of notices."""

from django.urls import path

from pochin.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.index, name="index"),
    path("read/", views.read, name="read"),
    path("ways/", views.ways, name="ways"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/<str:key>.ics", views.feed, name="feed"),
    path("off/<str:token>/", views.off, name="off"),
]
