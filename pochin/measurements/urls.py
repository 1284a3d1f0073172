"""Addresses of readings."""

from django.urls import path

from pochin.measurements import views

app_name = "measurements"
urlpatterns = [
    path("<int:pilot>/", views.index, name="index"),
    path("<int:pilot>/send/", views.send, name="send"),
    path("<int:pilot>/<int:number>/", views.batch_page, name="batch"),
    path("<int:pilot>/<int:number>/rows/", views.rows, name="rows"),
    path("<int:pilot>/<int:number>/file/", views.file, name="file"),
    path("<int:pilot>/<int:number>/<slug:name>/", views.act, name="act"),
]
