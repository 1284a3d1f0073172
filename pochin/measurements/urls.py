"""Addresses of readings."""

from django.urls import path

from pochin.measurements.views import mapping, pages, parts, quality, slices

app_name = "measurements"
urlpatterns = [
    path("<int:pilot>/", pages.index, name="index"),
    path("<int:pilot>/send/", pages.send, name="send"),
    path("<int:pilot>/quality/", quality.quality, name="quality"),
    path("<int:pilot>/slice/", slices.preview, name="slice"),
    path("<int:pilot>/slice/file/", slices.take_out, name="take_out"),
    path("<int:pilot>/folder/", pages.folder, name="folder"),
    path("<int:pilot>/parts/", parts.begin, name="parts"),
    path("<int:pilot>/parts/<slug:key>/", parts.part, name="part"),
    path("<int:pilot>/parts/<slug:key>/finish/", parts.finish, name="finish"),
    path("<int:pilot>/<int:number>/", pages.batch_page, name="batch"),
    path("<int:pilot>/<int:number>/rows/", pages.rows, name="rows"),
    path("<int:pilot>/<int:number>/correct/", pages.correct, name="correct"),
    path("<int:pilot>/<int:number>/columns/", mapping.columns, name="columns"),
    path("<int:pilot>/<int:number>/file/", pages.file, name="file"),
    path("<int:pilot>/<int:number>/<slug:name>/", pages.act, name="act"),
]
