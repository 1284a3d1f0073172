"""Addresses of decisions on pilots, and of the certificates that follow them."""

from django.urls import path, re_path

from pochin.decisions import views

NUMBER = r"(?P<number>[0-9A-Z]{4}-[0-9A-Z]{4})"

app_name = "decisions"
urlpatterns = [
    path("check/", views.look_up, name="look_up"),
    re_path(rf"^check/{NUMBER}/$", views.certificate_page, name="certificate"),
    re_path(
        rf"^check/{NUMBER}/certificate\.json$", views.certificate_json, name="certificate_json"
    ),
    re_path(
        rf"^check/{NUMBER}/certificate-(?P<language>ru|en)\.pdf$",
        views.certificate_paper,
        name="certificate_paper",
    ),
    re_path(
        rf"^check/{NUMBER}/(?P<name>[a-z_]+)/$", views.act_on_certificate, name="certificate_act"
    ),
    path("<int:pilot>/new/", views.prepare, name="prepare"),
    path("<int:pilot>/<int:number>/", views.decision_page, name="page"),
    path("<int:pilot>/<int:number>/certificate/", views.certify, name="certify"),
    path("<int:pilot>/<int:number>/<slug:name>/", views.act, name="act"),
]
