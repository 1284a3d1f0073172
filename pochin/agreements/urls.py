"""Addresses of agreements."""

from django.urls import path

from pochin.agreements import views

app_name = "agreements"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/<slug:programme>/", views.begin, name="begin"),
    path("<slug:programme>/<int:number>/", views.agreement_page, name="agreement"),
    path("<slug:programme>/<int:number>/edit/", views.edit, name="edit"),
    path("<slug:programme>/<int:number>/put_document/", views.put_document, name="put_document"),
    path("<slug:programme>/<int:number>/document/", views.document, name="document"),
    path("<slug:programme>/<int:number>/<slug:name>/", views.act, name="act"),
]
