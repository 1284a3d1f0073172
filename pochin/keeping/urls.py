"""Addresses of the keeper."""

from django.urls import path

from pochin.keeping import views

app_name = "keeping"
urlpatterns = [
    path("", views.index, name="index"),
    path("letters/again/", views.letters_again, name="letters_again"),
]
