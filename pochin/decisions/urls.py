"""Addresses of decisions on pilots, of certificates and of published results."""

from django.urls import path

from pochin.decisions.views import certificates, decisions, results

app_name = "decisions"
urlpatterns = [
    path("check/", certificates.look_up, name="look_up"),
    path("check/<str:key>/", certificates.certificate_page, name="certificate"),
    path(
        "check/<str:key>/certificate.json", certificates.certificate_json, name="certificate_json"
    ),
    path(
        "check/<str:key>/certificate-<slug:language>.pdf",
        certificates.certificate_paper,
        name="certificate_paper",
    ),
    path("check/<str:key>/<slug:name>/", certificates.act_on_certificate, name="certificate_act"),
    path("results/", results.result_list, name="results"),
    path("results/<int:pilot>/<int:number>/", results.result_page, name="result"),
    path("results/<int:pilot>/<int:number>/<slug:name>/", results.act_on_result, name="result_act"),
    path("<int:pilot>/new/", decisions.prepare, name="prepare"),
    path("<int:pilot>/<int:number>/", decisions.decision_page, name="page"),
    path("<int:pilot>/<int:number>/certificate/", certificates.certify, name="certify"),
    path("<int:pilot>/<int:number>/publish/", results.publish, name="publish"),
    path("<int:pilot>/<int:number>/<slug:name>/", decisions.act, name="act"),
]
