"""Addresses of the demonstration."""

from django.urls import path

from pochin.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.players, name="players"),
    path("enter/", views.enter, name="enter"),
    path("mail/", views.mail, name="mail"),
]
