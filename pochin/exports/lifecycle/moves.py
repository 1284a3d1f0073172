"""The life of an export project.

idea → assessed → preparation → contact → negotiation → first contract → regular; on hold; closed
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused
from pochin.core.policy import system
from pochin.decisions.models import Certificate, CertificateState
from pochin.exports.lifecycle import guards as g
from pochin.exports.models import ACTIVE, Form, Project, State
from pochin.exports.policy import export_manager, held_from, signatory, worker
from pochin.markets import nomenclature
from pochin.participants.models import Organisation, Programme
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

life: Lifecycle[Project] = Lifecycle(
    "exports",
    State,
    ends=frozenset({State.CLOSED}),
    rests={State.REGULAR: _("It is exported regularly; sums are noted as they are shipped.")},
)


def _company(project: Project) -> list[str]:
    return organisation_hat(project.organisation_id)


def _helper(project: Project) -> list[str]:
    return person_hat(project.manager_id) or role_hat(Role.EXPORT_MANAGER, project)


_STAGES = [
    (State.IDEA, _company, "export idea", 20, _("Describe the product and find its code")),
    (State.ASSESSED, _helper, "export assessment", 15,
     _("Help to choose countries and to ask export control")),
    (State.PREPARATION, _company, "export preparation", 60, _("Go through the checklist")),
    (State.CONTACT, _helper, "export contact", 60, _("Find a partner abroad")),
    (State.NEGOTIATION, _company, "export negotiation", 90, _("Agree with the partner")),
    (State.FIRST_CONTRACT, _company, "export shipment", 90, _("Ship, and note what was shipped")),
    (State.ON_HOLD, _helper, "export hold", 60, _("Go on, or close the project")),
]  # fmt: skip
for _state, _on, _clock, _days, _words in _STAGES:
    _owner = _("those who edit for the company") if _on is _company else _("the export manager")
    life.waits(_state, on=_on, owner=_owner, clock=_clock, days=_days, words=_words)


@life.birth(
    State.IDEA,
    who=worker,
    label=_("Begin an export project"),
    done=_("The export project was begun"),
    guards=[],
)
def begin(
    programme: Programme, *, by: Any, organisation: Organisation, at: datetime = NOW, **fields: Any
) -> Project:
    """Write down which solution might go abroad."""
    project = Project(programme=programme, organisation=organisation, opened_at=at, **fields)
    if not g.company_is_admitted.holds(project):
        raise Refused(str(g.company_is_admitted.sentence))
    project.number = numbers.following(f"export@{programme.pk}")
    return project


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Edit"),
    done=_("The description of the project was changed"),
)
def edit(project: Project, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the description, the weight, the size or the price."""
    for name, value in fields.items():
        setattr(project, name, value)
    if project.form != Form.GOODS:
        project.goods_code = ""


@life.move(State.IDEA, State.ASSESSED, State.PREPARATION, to=STAY, who=worker,
           label=_("Set the code"), done=_("The code of the goods was set"))  # fmt: skip
def classify(project: Project, *, by: Any, code: str, at: datetime = NOW) -> None:
    """Give the goods their code; a wrong one is refused with the nearest right ones."""
    if not project.is_goods:
        raise Refused(_t("Only goods have a code."))
    checked = nomenclature.check(code)
    if not checked.is_right:
        near = "" if checked.is_told else ", ".join(one.code for one in checked.nearest)
        nearest = _t("The nearest: %(codes)s.") % {"codes": near}
        raise Refused(f"{checked.problem} {nearest}" if near else checked.problem)
    project.goods_code = checked.code


@life.move(
    *ACTIVE,
    State.ON_HOLD,
    to=STAY,
    who=export_manager,
    label=_("Take on"),
    done=_("An export manager took the project on"),
)
def take_on(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """Be the export manager of this project."""
    project.manager = by


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Attach a pilot certificate"),
    done=_("A pilot certificate was attached"),
    guards=[g.company_has_a_certificate],
)
def attach_certificate(
    project: Project, *, by: Any, certificate: Certificate, at: datetime = NOW
) -> None:
    """Name the certificate a partner abroad may check; readers of the project get its number."""
    certificate.refresh_from_db()
    is_own = certificate.pilot.organisation_id == project.organisation_id
    if certificate.state != CertificateState.VALID or not is_own:
        raise Refused(_t("Only a valid certificate of a pilot of this company is a proof."))
    project.certificate = certificate


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Take the certificate off"),
    done=_("The certificate was taken off"),
    guards=[g.certificate_is_there],
)
def take_certificate_off(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """Go on without a certificate, or make room for another."""
    project.certificate = None


@life.move(
    *ACTIVE,
    State.ON_HOLD,
    to=STAY,
    who=system,
    label=_("The certificate was revoked"),
    done=_("The certificate of the project was revoked"),
)
def lose_certificate(project: Project, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Note that the certificate the project leans on was revoked, and why."""


@life.move(
    State.IDEA,
    to=State.ASSESSED,
    who=worker,
    label=_("Assessed: worth preparing"),
    done=_("The product was assessed: it is worth preparing"),
    guards=[g.company_is_admitted, g.code_is_right],
)
def assess(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """The product is described and classified; it is worth preparing."""


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Write down the answer of export control"),
    done=_("The answer of export control was written down"),
    guards=[g.control_paper_is_whole],
)
def answer_control(
    project: Project, *, by: Any, answer: str, paper: str, on: date | None, at: datetime = NOW
) -> None:
    """Whether the product is under export control, by which paper of which day."""
    project.control, project.control_paper, project.control_on = answer, paper, on


@life.move(
    State.ASSESSED,
    to=State.PREPARATION,
    who=worker,
    label=_("Begin the preparation"),
    done=_("The preparation for the markets began"),
    guards=[g.code_is_right, g.has_targets, g.control_has_answered, g.control_allows],
)
def prepare(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """Work through what the markets ask for."""


@life.move(
    State.PREPARATION,
    to=State.CONTACT,
    who=worker,
    label=_("Go to the market"),
    done=_("The project went to the market"),
    guards=[g.is_ready, g.control_allows, g.certificate_stands],
)
def find_market(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """Everything is ready to be shown to buyers."""


@life.move(
    *ACTIVE, to=STAY, who=worker, label=_("Name the partner"), done=_("The partner was named")
)
def name_partner(
    project: Project, *, by: Any, partner: str, partner_country: str, partner_address: str,
    partner_contact: str, at: datetime = NOW,
) -> None:  # fmt: skip
    """Write down who buys or sells abroad, and where."""
    project.partner, project.partner_country = partner, partner_country
    project.partner_address, project.partner_contact = partner_address, partner_contact


@life.move(
    State.CONTACT,
    to=State.NEGOTIATION,
    who=worker,
    label=_("Begin to negotiate"),
    done=_("The negotiations began"),
    guards=[g.partner_is_named, g.certificate_stands],
)
def negotiate(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """A partner answered; terms are being agreed."""


@life.move(
    State.NEGOTIATION,
    to=State.FIRST_CONTRACT,
    who=worker,
    label=_("Note the first contract"),
    done=_("The first contract was signed"),
    guards=[g.has_a_contract, g.control_allows],
    is_final=True,
)
def sign_first(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """There is a signed contract, with its document."""


@life.move(
    State.FIRST_CONTRACT,
    to=State.REGULAR,
    who=worker,
    label=_("Note that it is exported regularly"),
    done=_("The export became regular"),
    guards=[g.has_shipped_twice],
)
def go_regular(project: Project, *, by: Any, at: datetime = NOW) -> None:
    """More than one sum has been shipped."""


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Answer what the contents are"),
    done=_("It was answered what the contents are"),
)
def answer_contents(
    project: Project, *, by: Any, prohibited: list[str], at: datetime = NOW
) -> None:
    """Say which prohibited contents the goods have, or that they have none."""
    project.prohibited = sorted(prohibited)


@life.move(
    *ACTIVE,
    to=State.ON_HOLD,
    who=worker,
    label=_("Put on hold"),
    done=_("The project was put on hold"),
)
def hold(project: Project, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Wait, and say for what."""
    project.held_from, project.reasons = project.state, reason


def _going_on(state: str) -> Any:
    """The move that leads a project on hold back to the stage it was held on."""

    def resume(project: Project, *, by: Any, at: datetime = NOW) -> None:
        """Go on from the stage it was held on."""
        project.held_from = project.reasons = ""

    resume.__name__ = f"resume_{state}"
    who = worker & held_from(state)
    again = life.move(
        State.ON_HOLD, to=state, who=who, label=_("Go on"), done=_("The project goes on")
    )
    return again(resume)


RESUMES = {state: _going_on(state) for state in ACTIVE}


@life.move(
    *ACTIVE,
    State.ON_HOLD,
    to=State.CLOSED,
    who=signatory | export_manager,
    label=_("Close the project"),
    done=_("The project was closed"),
)
def close(project: Project, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Give the project up, and say why."""
    project.reasons = reason
