"""Addresses of news."""

from django.urls import path

from pochin.news import feeds, views

app_name = "news"
urlpatterns = [
    path("", views.index, name="index"),
    path("<str:language>/<slug:kind>.xml", feeds.feed, name="feed"),
    path("new/<slug:programme>/", views.begin, name="begin"),
    path("import/<slug:programme>/", views.take_in, name="import"),
    path("<int:number>/", views.piece_page, name="page"),
    path("<int:number>/edit/", views.edit, name="edit"),
    path("<int:number>/picture/", views.picture, name="picture"),
    path("<int:number>/say/", views.say, name="say"),
    path(
        "<int:number>/remarks/<int:remark>/<slug:name>/",
        views.act_on_remark,
        name="act_on_remark",
    ),
    path("<int:number>/<slug:name>/", views.act, name="act"),
]
