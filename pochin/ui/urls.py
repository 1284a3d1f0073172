"""The addresses of the look: all components, the switch of colours."""

from django.urls import path

from pochin.ui import views

app_name = "ui"
urlpatterns = [
    path("favicon.ico", views.mark, name="mark"),
    path("ui/", views.components, name="components"),
    path("ui/part/", views.sample_part, name="sample_part"),
    path("ui/faults/<int:status>/", views.fault, name="fault"),
    path("ui/theme/", views.set_theme, name="theme"),
]
