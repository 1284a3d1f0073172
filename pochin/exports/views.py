"""Pages of export projects: the list, one project, its contracts, its declarations."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.core.lifecycle import Action
from pochin.decisions import certificates
from pochin.exports import lifecycle, shown
from pochin.exports.forms import postal
from pochin.exports.forms import project as forms
from pochin.exports.listing import ContractListing, ProjectListing
from pochin.exports.models import Contract, Declaration, Form, Project, State
from pochin.files.serving import serve
from pochin.markets import nomenclature
from pochin.markets.models import country_name
from pochin.participants.models import Membership, Programme
from pochin.participants.policy import Role, organisations, programmes
from pochin.pilots.models import Pilot
from pochin.ui import access
from pochin.ui.choices import offered
from pochin.ui.moves import ReasonForm, acting, beside, leading
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge

RELATED = ("programme", "organisation", "solution", "manager", "certificate__pilot")


@access.shows(Project)
def index(request: HttpRequest) -> HttpResponseBase:
    """The export projects the reader may see, the latest first."""
    projects = Project.objects.visible_to(request.user).select_related("programme", "organisation")
    return ProjectListing(request, projects).respond(
        "exports/index.html", begin_in=_begin_in(request.user)
    )


@access.shows(Contract)
def contracts(request: HttpRequest) -> HttpResponseBase:
    """The contracts abroad of all projects the reader may see, the latest first."""
    found = Contract.objects.visible_to(request.user)
    found = found.select_related("project__programme", "project__organisation")
    return ContractListing(request, found).respond(
        "exports/contracts.html", crumbs=_crumbs(_("Contracts"))
    )


def _begin_in(user: Any) -> Any:
    """The programmes in which the reader may begin a project."""
    member = Membership.objects.visible_to(user).filter(
        organisation__in=organisations(user, "edit"), state__in=["admitted", "due"]
    )
    helped = programmes(user, Role.EXPORT_MANAGER)
    wanted = Q(pk__in=member.values("programme")) | Q(pk__in=helped)
    return Programme.objects.visible_to(user).filter(wanted).order_by("code")


def _find(user: Any, programme: str, number: int) -> Project:
    things = Project.objects.select_related(*RELATED)
    return visible_or_404(things, user, programme__code=programme, number=number)


def _crumbs(*labels: Any) -> list[Link]:
    first = Link(label=_("Exports"), url=reverse("exports:index"))
    return [first, *(Link(label=label) for label in labels)]


def _crumbs_of(project: Project, *labels: Any) -> list[Link]:
    own = Link(label=project.code, url=project.get_absolute_url() if labels else "")
    return [_crumbs()[0], own, *(Link(label=label) for label in labels)]


# The moves that lead on from each state; the first that can be made has the strong button.
NEXT_STEP: dict[str, tuple[str, ...]] = {
    State.IDEA: ("assess", "classify"),
    State.ASSESSED: ("prepare", "set_targets", "answer_control"),
    State.PREPARATION: ("find_market", "note_ready"),
    State.CONTACT: ("negotiate", "name_partner"),
    State.NEGOTIATION: ("sign_first", "add_contract"),
    State.FIRST_CONTRACT: ("go_regular", "note_shipped"),
    State.REGULAR: ("note_shipped",),
}


# The moves of each card of the page; the others stand under the state.
BESIDE = {
    "code_actions": ("classify",),
    "ready_actions": ("note_ready",),
    "post_actions": (
        "answer_contents", "give_range", "fill_declaration", "send_item", "note_event",
    ),
    "contract_actions": ("add_contract", "note_shipped"),
    "support_actions": ("add_support",),
    "barrier_actions": ("add_barrier",),
    "country_actions": ("set_targets", "name_partner"),
    "control_actions": ("answer_control",),
    "proof_actions": ("attach_certificate", "take_certificate_off"),
}  # fmt: skip


@access.shows(Project)
def project_page(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """One project: the product, its code, what is ready, the partner, contracts, the post."""
    project = _find(request.user, programme, number)
    return page(
        request,
        "exports/page.html",
        project=project,
        facts_list=shown.facts(project),
        partner_country=country_name(project.partner_country),
        steps=shown.steps(project),
        code=nomenclature.check(project.goods_code) if project.goods_code else None,
        targets=shown.targets(project),
        readiness=shown.readiness(project),
        **_proof(project, request.user),
        supports=project.supports.order_by("-on"),
        barriers=project.barriers.order_by("-noted_on"),
        **_actions(request.user, project),
        may_edit=lifecycle.life.moves["edit"].is_open_to(request.user, project),
        is_goods=project.form == Form.GOODS,
        state_tag=state_badge(project),
        story=journal.of(project),
        crumbs=_crumbs_of(project),
        **shown.contracts(project),
        **shown.by_post(project),
    )


def _actions(user: Any, project: Project) -> dict[str, Any]:
    """What may be done, each beside what it is about; what cannot matter yet is left out."""
    offered = {action.move.name: action for action in lifecycle.life.actions(user, project)}
    offered.pop("edit", None)
    if project.certificate_id is None:
        offered.pop("take_certificate_off", None)
    if not project.is_goods:
        offered.pop("classify", None)
    if not project.contracts.exists():
        offered.pop("note_shipped", None)
    if not project.shipments.exists():
        offered.pop("note_event", None)
    return {**beside(offered.values(), BESIDE), "main": _main(project, offered)}


def _main(project: Project, offered: dict[str, Action]) -> str:
    """The move that leads on; countries that are chosen already are not asked for again."""
    names = NEXT_STEP.get(State(project.state), ())
    if project.state == State.ASSESSED and project.targets.exists():
        names = ("prepare", "answer_control")
    return leading(offered.values(), names)


def _proof(project: Project, user: Any) -> dict[str, Any]:
    """The attached certificate with what it says, and its pilot where the reader may see it."""
    certificate = project.certificate
    if certificate is None:
        return {"certificate": None}
    seen = Pilot.objects.visible_to(user).filter(pk=certificate.pilot_id)
    return {
        "certificate": certificate,
        "finding": certificates.finding(certificate.document),
        "proof": seen.first(),
    }


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Begin an export project."""
    under = visible_or_404(Programme, request.user, code=programme)
    form = forms.BeginForm(request.POST or None, user=request.user, programme=under)
    if not offered(form, "organisation").exists():
        lifecycle.life.moves["begin"].who.demand(request.user, Project(programme=under))
    if form.is_valid():
        with said_on(form):
            return redirect(lifecycle.begin(under, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Begin an export project"),
        sub=under,
        save=_("Begin"),
        crumbs=_crumbs(_("Begin an export project")),
        back=reverse("exports:index"),
        status=422 if form.is_bound else 200,
    )


@access.shows(Project)
def edit(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Describe the product."""
    project = _find(request.user, programme, number)
    lifecycle.life.moves["edit"].who.demand(request.user, project)
    form = forms.ProjectForm(request.POST or None, instance=project, user=request.user)
    if form.is_valid():
        with said_on(form):
            fresh = Project.objects.get(pk=project.pk)
            return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Describe the product"),
        sub=project,
        crumbs=_crumbs_of(project, _("Describe the product")),
        back=project.get_absolute_url(),
        status=422 if form.is_bound else 200,
    )


@access.shows(Project)
def contract_document(
    request: HttpRequest, programme: str, number: int, contract: int
) -> HttpResponseBase:
    """The document of a contract, as an attachment."""
    project = _find(request.user, programme, number)
    found = visible_or_404(
        Contract.objects.select_related("document"), request.user, project=project, number=contract
    )
    return serve(found.document)


def _declaration(user: Any, programme: str, number: int, declaration: int) -> Declaration:
    project = _find(user, programme, number)
    found = visible_or_404(Declaration, user, project=project, number=declaration)
    found.project = project
    return found


@access.shows(Declaration)
def declaration_page(
    request: HttpRequest, programme: str, number: int, declaration: int
) -> HttpResponse:
    """The declaration as a PDF of one page."""
    made = _declaration(request.user, programme, number, declaration)
    answer = HttpResponse(shown.printed(made), content_type="application/pdf")
    name = f"{made.kind}-{made.content['item']}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@access.shows(Declaration)
def declaration_json(
    request: HttpRequest, programme: str, number: int, declaration: int
) -> HttpResponse:
    """The same declaration as data."""
    made = _declaration(request.user, programme, number, declaration)
    answer = JsonResponse(made.content, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Cache-Control"] = "private, no-store"
    return answer


act = acting(
    lifecycle.life,
    Project,
    find=_find,
    forms={
        "classify": forms.CodeForm,
        "attach_certificate": forms.CertificateForm,
        "answer_control": forms.ControlForm,
        "name_partner": forms.PartnerForm,
        "answer_contents": postal.ContentsForm,
        "hold": ReasonForm,
        "close": ReasonForm,
        "set_targets": forms.TargetsForm,
        "note_ready": forms.ReadyForm,
        "add_support": forms.SupportForm,
        "add_barrier": forms.BarrierForm,
        "add_contract": forms.ContractForm,
        "note_shipped": forms.ShippedForm,
        "give_range": postal.RangeForm,
        "fill_declaration": postal.DeclarationForm,
        "send_item": postal.SendForm,
        "note_event": postal.EventForm,
    },
)
