"""Addresses of applications."""

from django.urls import path

from pochin.applications import views

app_name = "applications"
urlpatterns = [
    path("", views.index, name="index"),
    path("to/<int:need>/", views.begin, name="begin"),
    path("bulk/<slug:name>/", views.bulk, name="bulk"),
    path("<int:number>/", views.application_page, name="page"),
    path("<int:number>/sections/<slug:code>/", views.section, name="section"),
    path("<int:number>/documents/", views.documents, name="documents"),
    path("<int:number>/documents/<int:attachment>/remove/", views.remove, name="remove"),
    path("<int:number>/documents/<str:sha256>/", views.document, name="document"),
    path("<int:number>/submit/", views.submit, name="submit"),
    path("<int:number>/receipt/", views.receipt, name="receipt"),
    path("<int:number>/<slug:name>/", views.act, name="act"),
]
