"""Addresses of coordination."""

from django.urls import path

from pochin.coordination.views import conversations, groups, meetings, tasks, turns

app_name = "coordination"
urlpatterns = [
    path("", meetings.index, name="index"),
    path("turns/", turns.turns, name="turns"),
    path("turns/several/", turns.several_turns, name="several_turns"),
    path("tasks/", tasks.task_index, name="tasks"),
    path("tasks/several/", turns.several_tasks, name="several_tasks"),
    path("tasks/new/<slug:programme>/", tasks.give, name="give"),
    path("tasks/<slug:programme>/<int:number>/", tasks.task_page, name="task"),
    path("tasks/<slug:programme>/<int:number>/<slug:name>/", tasks.act_on_task, name="act_on_task"),
    path("groups/", groups.group_index, name="groups"),
    path("groups/new/<slug:programme>/", groups.found_group, name="found_group"),
    path("groups/<slug:programme>/<int:number>/", groups.group_page, name="group"),
    path("groups/<slug:programme>/<int:number>/edit/", groups.edit_group, name="edit_group"),
    path("groups/<slug:programme>/<int:number>/unseat/", groups.unseat, name="unseat"),
    path("talk/<str:word>/", conversations.talk, name="talk"),
    path("meetings/new/<slug:programme>/", meetings.plan, name="plan"),
    path("meetings/<slug:programme>/<int:number>/", meetings.meeting_page, name="meeting"),
    path("meetings/<slug:programme>/<int:number>/edit/", meetings.edit, name="edit"),
    path(
        "meetings/<slug:programme>/<int:number>/<slug:name>/",
        meetings.act_on_meeting,
        name="act_on_meeting",
    ),
]
