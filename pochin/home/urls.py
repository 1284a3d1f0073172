"""Addresses of the first page and of what belongs to no room."""

from django.urls import path

from pochin.home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="page"),
]
