"""Addresses of agreements."""

from django.urls import path

from pochin.agreements.views import agreements, commitments, words

app_name = "agreements"
ONE = "<slug:programme>/<int:number>/"
PROMISE = f"{ONE}commitments/<int:promise>/"
urlpatterns = [
    path("", agreements.index, name="index"),
    path("commitments/", commitments.index, name="commitments"),
    path("new/<slug:programme>/", agreements.begin, name="begin"),
    path("templates/<slug:programme>/", words.paper_templates, name="templates"),
    path(
        "templates/<slug:programme>/<slug:kind>/<slug:language>/",
        words.paper_template,
        name="template",
    ),
    path(ONE, agreements.agreement_page, name="agreement"),
    path(f"{ONE}edit/", agreements.edit, name="edit"),
    path(f"{ONE}put_document/", words.put_document, name="put_document"),
    path(f"{ONE}document/", words.document, name="document"),
    path(f"{ONE}add_annex/", words.add_annex, name="add_annex"),
    path(f"{ONE}annexes/<int:place>/", words.annex, name="annex"),
    path(f"{ONE}write_clause/", words.clause, name="write_clause"),
    path(f"{ONE}clauses/<int:place>/", words.clause, name="clause"),
    path(f"{ONE}versions/", words.versions, name="versions"),
    path(f"{ONE}paper/<str:name>", words.paper, name="paper"),
    path(f"{ONE}commitments/new/", commitments.plan, name="plan"),
    path(PROMISE, commitments.commitment_page, name="commitment"),
    path(f"{PROMISE}edit/", commitments.edit, name="edit_commitment"),
    path(
        f"{PROMISE}change/",
        commitments.change,
        {"what": "change"},
        name="change_commitment",
    ),
    path(
        f"{PROMISE}withdrawal/",
        commitments.change,
        {"what": "withdrawal"},
        name="withdraw_commitment",
    ),
    path(f"{PROMISE}evidence/<int:place>/", commitments.proof, name="proof"),
    path(f"{PROMISE}<slug:name>/", commitments.act, name="act_on_commitment"),
    path(f"{ONE}amendments/<int:amendment>/", commitments.amendment_page, name="amendment"),
    path(
        f"{ONE}amendments/<int:amendment>/<slug:name>/",
        commitments.act_on_amendment,
        name="act_on_amendment",
    ),
    path(f"{ONE}<slug:name>/", agreements.act, name="act"),
]
