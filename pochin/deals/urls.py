"""Addresses of deals."""

from django.urls import path

from pochin.deals.views import approvals, deals, roll_outs

DEAL = "<slug:programme>/<int:number>/"

app_name = "deals"
urlpatterns = [
    path("", deals.index, name="index"),
    path("money/", deals.money, name="money"),
    path("payments/", deals.payments, name="payments"),
    path("new/<slug:programme>/", deals.begin, name="begin"),
    path(DEAL, deals.deal_page, name="deal"),
    path(f"{DEAL}edit/", deals.edit, name="edit"),
    path(f"{DEAL}put_document/", deals.put_document, name="put_document"),
    path(f"{DEAL}document/", deals.document, name="document"),
    path(f"{DEAL}approvals/<int:approval>/", approvals.approval_page, name="approval"),
    path(f"{DEAL}approvals/<int:approval>/<slug:name>/", approvals.act_on_approval,
         name="act_on_approval"),
    path(f"{DEAL}deliveries/<int:delivery>/act-<slug:language>.pdf", deals.acceptance_act,
         name="acceptance_act"),
    path(f"{DEAL}roll-out/", roll_outs.roll_out_page, name="roll_out"),
    path(f"{DEAL}roll-out/plan/", roll_outs.plan_roll_out, name="plan_roll_out"),
    path(f"{DEAL}roll-out/<slug:name>/", roll_outs.act_on_roll_out, name="act_on_roll_out"),
    path(f"{DEAL}<slug:name>/", deals.act, name="act"),
]  # fmt: skip
