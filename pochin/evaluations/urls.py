"""Addresses of evaluations."""

from django.urls import path

from pochin.evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("<int:pilot>/begin/", views.begin, name="begin"),
    path("<int:pilot>/computing/", views.computing, name="computing"),
    path("<int:pilot>/<int:number>/", views.evaluation_page, name="page"),
    path("<int:pilot>/<int:number>/again/", views.recheck, name="recheck"),
    path("<int:pilot>/<int:number>/result.json", views.document, name="document"),
    path("<int:pilot>/<int:number>/bundle.zip", views.take_along, name="bundle"),
    path(
        "<int:pilot>/<int:number>/report-<slug:language>.html",
        views.report_page,
        name="report_page",
    ),
    path(
        "<int:pilot>/<int:number>/report-<slug:language>.pdf",
        views.report_paper,
        name="report_paper",
    ),
    path("<int:pilot>/<int:number>/<slug:name>/", views.act, name="act"),
]
