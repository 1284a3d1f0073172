"""Addresses of deals."""

from django.urls import path

from pochin.deals import views

DEAL = "<slug:programme>/<int:number>/"

app_name = "deals"
urlpatterns = [
    path("", views.index, name="index"),
    path("money/", views.money, name="money"),
    path("payments/", views.payments, name="payments"),
    path("new/<slug:programme>/", views.begin, name="begin"),
    path(DEAL, views.deal_page, name="deal"),
    path(f"{DEAL}edit/", views.edit, name="edit"),
    path(f"{DEAL}put_document/", views.put_document, name="put_document"),
    path(f"{DEAL}document/", views.document, name="document"),
    path(f"{DEAL}approvals/<int:approval>/", views.approval_page, name="approval"),
    path(f"{DEAL}approvals/<int:approval>/<slug:name>/", views.act_on_approval,
         name="act_on_approval"),
    path(f"{DEAL}roll-out/", views.roll_out_page, name="roll_out"),
    path(f"{DEAL}roll-out/plan/", views.plan_roll_out, name="plan_roll_out"),
    path(f"{DEAL}roll-out/<slug:name>/", views.act_on_roll_out, name="act_on_roll_out"),
    path(f"{DEAL}<slug:name>/", views.act, name="act"),
]  # fmt: skip
