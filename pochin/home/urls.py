"""Addresses of the first page and of what belongs to no room."""

from django.urls import path

from pochin.home import data_views, sitemap, views

app_name = "home"
urlpatterns = [
    path("", views.home, name="page"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("sitemap/<slug:name>.xml", sitemap.sitemap_of, name="sitemap_of"),
    path("data/datapackage.json", data_views.data_package, name="data_package"),
    path("data/<slug:name>.<slug:kind>", data_views.data_file, name="data_file"),
    path("find/", views.find, name="search"),
    path("lives/", views.lifecycles, name="lifecycles"),
    path("lives/<str:name>/", views.lifecycle, name="lifecycle"),
    path("how/", views.how, name="how"),
    path("limits/", views.limits, name="limits"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
