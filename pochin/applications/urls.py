"""Addresses of applications."""

from django.urls import path

from pochin.applications.views import pages, writing

app_name = "applications"
urlpatterns = [
    path("", pages.index, name="index"),
    path("to/<int:need>/", writing.begin, name="begin"),
    path("bulk/<slug:name>/", pages.bulk, name="bulk"),
    path("<int:number>/", pages.application_page, name="page"),
    path("<int:number>/sections/<slug:code>/", writing.section, name="section"),
    path("<int:number>/documents/", writing.documents, name="documents"),
    path("<int:number>/documents/<int:attachment>/remove/", writing.remove, name="remove"),
    path("<int:number>/documents/<str:sha256>/", pages.document, name="document"),
    path("<int:number>/submit/", writing.submit, name="submit"),
    path("<int:number>/receipt/", writing.receipt, name="receipt"),
    path("<int:number>/<slug:name>/", pages.act, name="act"),
]
