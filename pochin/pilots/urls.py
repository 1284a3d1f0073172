"""Addresses of pilots."""

from django.urls import path

from pochin.pilots.views import acts, pages, plans

app_name = "pilots"
urlpatterns = [
    path("", pages.index, name="index"),
    path("new/<slug:programme>/", pages.begin, name="begin"),
    path("archive/<slug:programme>/", pages.archive, name="archive"),
    path("acts/", acts.waiting, name="acts"),
    path("<int:number>/", pages.pilot_page, name="page"),
    path("<int:number>/follow/", pages.follow, name="follow"),
    path("<int:number>/edit/", pages.edit, name="edit"),
    path("<int:number>/plan/", plans.plan_page, name="plan"),
    path("<int:number>/plan/<int:version>/", plans.plan_page, name="plan_version"),
    path("<int:number>/plan/plan.json", plans.document, name="plan_json"),
    path("<int:number>/plan/<int:version>/plan.json", plans.document, name="plan_version_json"),
    path("<int:number>/plan/write/", plans.write, name="write_plan"),
    path("<int:number>/plan/upload/", plans.upload, name="upload_plan"),
    path("<int:number>/plan/sign/", plans.sign, name="sign_plan"),
    path("<int:number>/plan/verify/", plans.verify, name="verify_plan"),
    path("<int:number>/amendments/", plans.amendments, name="amendments"),
    path("<int:number>/amendments/new/", plans.amend, name="amend"),
    path("<int:number>/amendments/<int:amendment>/", plans.amendment_page, name="amendment"),
    path(
        "<int:number>/amendments/<int:amendment>/<slug:name>/",
        pages.act_on_amendment,
        name="act_on_amendment",
    ),
    path("<int:number>/acts/", acts.of_pilot, name="acts_of_pilot"),
    path("<int:number>/sites/", pages.sites, name="sites"),
    path("<int:number>/sites/<int:site>/", pages.slot_page, name="slot"),
    path("<int:number>/sites/<int:site>/<slug:name>/", pages.act_on_slot, name="act_on_slot"),
    path("<int:number>/log/", pages.log, name="log"),
    path("<int:number>/incidents/new/", pages.report, name="report"),
    path("<int:number>/incidents/<int:incident>/", pages.incident_page, name="incident"),
    path(
        "<int:number>/incidents/<int:incident>/<slug:name>/",
        pages.act_on_incident,
        name="act_on_incident",
    ),
    path("<int:number>/<slug:name>/", pages.act, name="act"),
]
