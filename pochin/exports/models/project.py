"""Export projects: which solution goes where, in which form, how far it has come."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers, tongue
from pochin.deals.money import Currency
from pochin.decisions.models import Certificate
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme, in_reader_language
from pochin.participants.policy import Role, organisations, programmes
from pochin.search import index
from pochin.solutions.models import Solution
from pochin.ui.seen import written_once


class State(models.TextChoices):
    """The life of an export project."""

    IDEA = "idea", _("idea")
    ASSESSED = "assessed", _("assessed")
    PREPARATION = "preparation", _("in preparation")
    CONTACT = "contact", _("market contact")
    NEGOTIATION = "negotiation", _("negotiation")
    FIRST_CONTRACT = "first_contract", _("first contract")
    REGULAR = "regular", _("regular export")
    ON_HOLD = "on_hold", _("on hold")
    CLOSED = "closed", _("closed")


# The stages in their order; on each of them a project may be put on hold.
ACTIVE = (State.IDEA, State.ASSESSED, State.PREPARATION, State.CONTACT, State.NEGOTIATION,
          State.FIRST_CONTRACT, State.REGULAR)  # fmt: skip


class Form(models.TextChoices):
    GOODS = "goods", _("goods")
    SOFTWARE = "software", _("software")
    SERVICE = "service", _("service")
    LICENCE = "licence", _("licence")


class Control(models.TextChoices):
    """What export control answered."""

    UNASKED = "", _("not asked yet")
    FREE = "free", _("not under control")
    LICENSED = "licensed", _("under control, the licence is given")
    FORBIDDEN = "forbidden", _("under control, the export is not allowed")


class Category(models.TextChoices):
    """What a postal item is sent as, by the words of the customs declarations."""

    SALE = "sale", _("sale of goods")
    SAMPLE = "sample", _("commercial sample")
    GIFT = "gift", _("gift")
    DOCUMENTS = "documents", _("documents")
    RETURNED = "returned", _("returned goods")
    OTHER = "other", _("other")


READERS = (Role.EXPORT_MANAGER, Role.COORDINATOR, Role.LAWYER, Role.DIRECTOR, Role.OBSERVER,
           Role.AUDITOR)  # fmt: skip


class ProjectQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> ProjectQuerySet:
        """The company's own, and those of programmes in which one helps or watches."""
        if not user.is_authenticated:
            return self.none()
        own = Q(organisation__in=organisations(user))
        return self.filter(own | Q(programme__in=programmes(user, *READERS)))


class Project(models.Model):
    """One solution on its way to other markets."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="export_projects", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="export_projects",
        verbose_name=_("organisation"), editable=False,
    )  # fmt: skip
    solution = models.ForeignKey(
        Solution, models.PROTECT, null=True, blank=True, related_name="export_projects",
        verbose_name=_("solution"),
    )  # fmt: skip
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    form = models.CharField(_("product form"), max_length=8, choices=Form, default=Form.GOODS)
    # Digits of the Harmonized System or the EAEU; goods need one, other forms have none.
    goods_code = models.CharField(_("code of goods"), max_length=10, blank=True, editable=False)
    customs_en = models.CharField(
        _("what it is, in English, for customs"), max_length=64, blank=True
    )
    origin = models.CharField(_("country of origin"), max_length=2, default="RU")
    weight_g = models.PositiveIntegerField(
        _("weight of one, grams"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    length_mm = models.PositiveIntegerField(_("length, mm"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width, mm"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height, mm"), null=True, blank=True)
    price = models.DecimalField(
        _("price of one"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.USD)
    forecast = models.TextField(_("forecast"), max_length=2000, blank=True)
    manager = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=_("export manager"),
    )  # fmt: skip
    # What a partner abroad may check: the certificate of the pilot that proved it.
    certificate = models.ForeignKey(
        Certificate, models.PROTECT, null=True, editable=False, related_name="export_projects",
        verbose_name=_("pilot certificate"),
    )  # fmt: skip
    control = models.CharField(
        _("export control"), max_length=10, choices=Control, default=Control.UNASKED, blank=True,
        editable=False,
    )  # fmt: skip
    control_paper = models.CharField(_("paper"), max_length=120, blank=True, editable=False)
    control_on = models.DateField(_("answered"), null=True, editable=False)
    # The groups of contents that may not go by post, as answered; None: not answered yet.
    prohibited = models.JSONField(null=True, editable=False)
    partner = models.CharField(_("partner"), max_length=200, blank=True, editable=False)
    partner_country = models.CharField(max_length=2, blank=True, editable=False)
    partner_address = models.CharField(_("address"), max_length=300, blank=True, editable=False)
    partner_contact = models.CharField(_("contact"), max_length=200, blank=True, editable=False)
    state = models.CharField(max_length=14, choices=State, default=State.IDEA, editable=False)
    held_from = models.CharField(max_length=14, blank=True, editable=False)
    opened_at = models.DateTimeField(_("opened"), editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = ProjectQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("export project")
        verbose_name_plural = _("export projects")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="export_number_once"),
            models.CheckConstraint(
                name="export_goods_alone_have_a_code", condition=Q(form="goods") | Q(goods_code="")
            ),
            models.CheckConstraint(
                name="export_held_knows_from_where",
                condition=~Q(state="on_hold") | ~Q(held_from=""),
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state"], name="export_programme"),
            models.Index(fields=["organisation", "state"], name="export_organisation"),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    @property
    def code(self) -> str:
        """The number as people read it: Э-012 in Russian, X-012 in English."""
        return numbers.written("export", self.number)

    @property
    def project(self) -> Project:
        """Itself, so that one rule serves a project and whatever belongs to one."""
        return self

    @property
    def is_goods(self) -> bool:
        return self.form == Form.GOODS

    def get_absolute_url(self) -> str:
        return reverse("exports:project", args=[self.programme.code, self.number])


class OfProjectQuerySet(models.QuerySet):
    """Things that belong to a project are seen by those who see it."""

    def visible_to(self, user: Any) -> OfProjectQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user).values("pk"))


class Target(models.Model):
    """A country the project aims at."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="targets")
    iso3 = models.CharField(max_length=3)

    class Meta:
        verbose_name = _("target country")
        constraints = [models.UniqueConstraint(fields=["project", "iso3"], name="target_once")]

    def __str__(self) -> str:
        return self.iso3


class Readiness(models.TextChoices):
    """What must be ready before a market is spoken to."""

    CERTIFICATES = "certificates", _("certificates of the market")
    LOCALISATION = "localisation", _("localisation")
    PRICES = "prices", _("price list for export")
    TRANSLATION = "translation", _("translation of the papers")
    RIGHTS = "rights", _("intellectual property abroad")
    PAYMENT = "payment", _("payment")
    LOGISTICS = "logistics", _("logistics")


class ReadinessLine(models.Model):
    """One line of the checklist, with the evidence for it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="readiness")
    code = models.CharField(max_length=14, choices=Readiness)
    evidence = models.TextField(_("evidence"), max_length=2000)
    done_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "code"], name="readiness_once")]

    def __str__(self) -> str:
        return self.get_code_display()


class Support(models.Model):
    """A measure of support that was used: a mission, an acceleration, a compensation."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="supports")
    words = models.CharField(_("what"), max_length=200)
    given_by = models.CharField(_("by whom"), max_length=200)
    on = models.DateField(_("day"))
    amount = models.DecimalField(_("sum, roubles"), max_digits=18, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("measure of support")

    def __str__(self) -> str:
        return tongue.own(self.words)


class Barrier(models.Model):
    """What stands in the way in a country, and what is done about it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="barriers")
    words = models.CharField(_("what stands in the way"), max_length=300)
    answer = models.CharField(_("what is done about it"), max_length=300, blank=True)
    noted_on = models.DateField(_("noted"))

    class Meta:
        verbose_name = _("barrier")

    def __str__(self) -> str:
        return tongue.own(self.words)


class Contract(models.Model):
    """A contract with a partner abroad."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="contracts")
    number = models.PositiveSmallIntegerField(editable=False)
    paper = models.CharField(_("number of the contract"), max_length=60)
    signed_on = models.DateField(_("signed"))
    amount = models.DecimalField(_("sum"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    document = models.ForeignKey(File, models.PROTECT, related_name="+")
    # At the rate of the day of signature.
    roubles = models.DecimalField(_("in roubles"), max_digits=18, decimal_places=2)
    rate_on = models.DateField(_("rate of"))

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("export contract")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="export_contract_once"),
            models.CheckConstraint(name="export_contract_is_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return self.paper


class Shipped(models.Model):
    """What left under a contract on a day, in its currency and in roubles at the day's rate."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="shipped")
    number = models.PositiveSmallIntegerField(editable=False)
    on = models.DateField(_("shipped"))
    amount = models.DecimalField(_("sum"), max_digits=18, decimal_places=2)
    roubles = models.DecimalField(_("in roubles"), max_digits=18, decimal_places=2)
    rate_on = models.DateField(_("rate of"))

    class Meta:
        verbose_name = _("shipped sum")
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="export_shipped_once"),
            models.CheckConstraint(name="export_shipped_is_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


index.declare(
    Project,
    title=lambda p: f"{p.title_ru} {p.title_en}",
    text=lambda p: f"{p.partner} {p.organisation.name_ru} {p.organisation.name_en} {p.goods_code}",
    number=lambda p: f"Э-{p.number}",
    fetch=lambda things: things.select_related("organisation"),
    along=lambda p: [p.contracts.all()],
)
index.declare(
    Contract,
    title=lambda c: c.paper,
    text=lambda c: (
        f"{c.project.title_ru} {c.project.title_en} {c.project.partner} "
        f"{c.project.organisation.name_ru} {c.project.organisation.name_en}"
    ),
    number=lambda c: f"Э-{c.project.number}",
    fetch=lambda things: things.select_related("project__organisation"),
)
