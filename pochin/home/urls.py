"""Addresses of the first page and of what belongs to no room."""

from django.urls import path

from pochin.home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="page"),
    path("find/", views.find, name="search"),
    path("lives/", views.lifecycles, name="lifecycles"),
    path("lives/<str:name>/", views.lifecycle, name="lifecycle"),
    path("how/", views.how, name="how"),
    path("limits/", views.limits, name="limits"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
