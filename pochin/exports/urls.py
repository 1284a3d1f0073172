"""Addresses of export projects."""

from django.urls import path

from pochin.exports import views

PROJECT = "<slug:programme>/<int:number>/"

app_name = "exports"
urlpatterns = [
    path("", views.index, name="index"),
    path("contracts/", views.contracts, name="contracts"),
    path("new/<slug:programme>/", views.begin, name="begin"),
    path(PROJECT, views.project_page, name="project"),
    path(f"{PROJECT}edit/", views.edit, name="edit"),
    path(f"{PROJECT}contracts/<int:contract>/", views.contract_document, name="contract"),
    path(f"{PROJECT}declarations/<int:declaration>/", views.declaration_page, name="declaration"),
    path(f"{PROJECT}declarations/<int:declaration>/data.json", views.declaration_json,
         name="declaration_json"),
    path(f"{PROJECT}<slug:name>/", views.act, name="act"),
]  # fmt: skip
