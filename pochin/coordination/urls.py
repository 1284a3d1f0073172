"""Addresses of coordination."""

from django.urls import path

from pochin.coordination import views

app_name = "coordination"
urlpatterns = [
    path("", views.index, name="index"),
    path("turns/", views.turns, name="turns"),
    path("tasks/", views.task_index, name="tasks"),
    path("tasks/accept/", views.accept_many, name="accept_many"),
    path("tasks/new/<slug:programme>/", views.give, name="give"),
    path("tasks/<slug:programme>/<int:number>/", views.task_page, name="task"),
    path("tasks/<slug:programme>/<int:number>/<slug:name>/", views.act_on_task, name="act_on_task"),
    path("groups/new/<slug:programme>/", views.found_group, name="found_group"),
    path("groups/<slug:programme>/<int:number>/", views.group_page, name="group"),
    path("talk/<str:word>/", views.talk, name="talk"),
    path("meetings/new/<slug:programme>/", views.plan, name="plan"),
    path("meetings/<slug:programme>/<int:number>/", views.meeting_page, name="meeting"),
    path("meetings/<slug:programme>/<int:number>/edit/", views.edit, name="edit"),
    path(
        "meetings/<slug:programme>/<int:number>/<slug:name>/",
        views.act_on_meeting,
        name="act_on_meeting",
    ),
]
