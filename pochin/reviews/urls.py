"""Addresses of reviews."""

from django.urls import path

from pochin.reviews import views

app_name = "reviews"
urlpatterns = [
    path("", views.index, name="index"),
    path("of/<int:number>/", views.of_application, name="of"),
    path("of/<int:number>/send/", views.send, name="send"),
    path("of/<int:number>/decide/", views.decide, name="decide"),
    path("bulk/<slug:name>/", views.bulk, name="bulk"),
    path("<int:number>/", views.assignment_page, name="page"),
    path("<int:number>/documents/<int:place>/", views.document, name="document"),
    path("<int:number>/<slug:name>/", views.act, name="act"),
]
