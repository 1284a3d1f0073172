"""Addresses of decisions on pilots."""

from django.urls import path

from pochin.decisions import views

app_name = "decisions"
urlpatterns = [
    path("<int:pilot>/new/", views.prepare, name="prepare"),
    path("<int:pilot>/<int:number>/", views.decision_page, name="page"),
    path("<int:pilot>/<int:number>/<slug:name>/", views.act, name="act"),
]
