"""Addresses of the registers of trade."""

from django.urls import path

from pochin.markets import views

app_name = "markets"
urlpatterns = [
    path("", views.index, name="index"),
    path("check/", views.check_code, name="check"),
    path("sources/", views.sources, name="sources"),
    path("<str:code>/", views.heading_page, name="heading"),
    path("<str:code>/ranking/", views.ranking_page, name="ranking"),
    path("<str:code>/ranking/<str:country>/", views.market_page, name="market"),
]
