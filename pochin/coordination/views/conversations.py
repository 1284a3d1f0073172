"""What is said about things, with those who read it named."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from pochin.coordination import forms, reach, talking
from pochin.coordination.models import Remark
from pochin.ui import access, pieces
from pochin.ui.shortcuts import page, said_on


@access.shows(Remark)
def talk(request: HttpRequest, word: str) -> HttpResponse:
    """What is said about a thing, who reads it, and a place to say more."""
    thing: Any = reach.by_token(word, request.user)
    if thing is None:
        raise Http404
    concerned = reach.concerned(thing)
    form = forms.RemarkForm(request.POST or None, concerned=concerned)
    if form.is_valid():
        with said_on(form):
            talking.say(thing, by=request.user, at=timezone.now(), **form.cleaned_data)
            back = request.POST.get("back", "")
            is_own = back == thing.get_absolute_url()
            return redirect(back if is_own else request.path)
    said = talking.about(thing).select_related("by").prefetch_related("told")
    readers = len(concerned)
    words = ngettext("%(n)d person may read this", "%(n)d people may read this", readers)
    audience = words % {"n": readers}
    return page(
        request,
        "coordination/talk.html",
        "talk",
        thing=thing,
        word=word,
        form=form,
        comments=[_comment(remark, audience) for remark in said],
        readers=[pieces.Reader(name=str(person)) for person in concerned],
        audience=audience,
    )


def _comment(remark: Remark, audience: str) -> pieces.Comment:
    told = ", ".join(str(person) for person in remark.told.all())
    return pieces.Comment(
        text=remark.text,
        who=str(remark.by),
        role=_t("to %(people)s") % {"people": told} if told else "",
        at=remark.at,
        audience=audience,
    )
