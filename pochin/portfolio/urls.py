"""Addresses of the portfolio."""

from django.urls import path

from pochin.portfolio import views

app_name = "portfolio"
urlpatterns = [
    path("", views.portfolio, name="page"),
    path("effects/", views.effects, name="effects"),
    path("turns/", views.turns, name="turns"),
]
