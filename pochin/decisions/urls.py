"""Addresses of decisions on pilots, of certificates and of published results."""

from django.urls import path

from pochin.decisions import views

app_name = "decisions"
urlpatterns = [
    path("check/", views.look_up, name="look_up"),
    path("check/<str:key>/", views.certificate_page, name="certificate"),
    path("check/<str:key>/certificate.json", views.certificate_json, name="certificate_json"),
    path(
        "check/<str:key>/certificate-<slug:language>.pdf",
        views.certificate_paper,
        name="certificate_paper",
    ),
    path("check/<str:key>/<slug:name>/", views.act_on_certificate, name="certificate_act"),
    path("results/", views.result_list, name="results"),
    path("results/<int:pilot>/<int:number>/", views.result_page, name="result"),
    path("results/<int:pilot>/<int:number>/<slug:name>/", views.act_on_result, name="result_act"),
    path("<int:pilot>/new/", views.prepare, name="prepare"),
    path("<int:pilot>/<int:number>/", views.decision_page, name="page"),
    path("<int:pilot>/<int:number>/certificate/", views.certify, name="certify"),
    path("<int:pilot>/<int:number>/publish/", views.publish, name="publish"),
    path("<int:pilot>/<int:number>/<slug:name>/", views.act, name="act"),
]
