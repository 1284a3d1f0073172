"""A form with every kind of question, empty and wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from pochin.ui import formats
from pochin.ui.choices import offer_words
from pochin.ui.samples.words import two


class SampleForm(forms.Form):
    """A question of every kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = {
            "title": (two("Как называется решение", "What is the solution called"), two("Так, как его назовёт почтальон", "As a postman would call it")),
            "threshold": (two("Какой эффект вы обещаете", "What effect do you promise"), two("Числом, например 2,0", "As a number, for example 2.0")),
            "ready_on": (two("Когда вы готовы начать", "When can you start"), formats.date_pattern()),
            "stage": (two("Насколько готово", "How ready is it"), ""),
            "kinds": (two("Что нужно от почты", "What do you need from the post"), two("Можно выбрать несколько", "You may pick several")),
            "region": (two("Регион", "Region"), ""),
            "why": (two("Почему это сработает", "Why will it work"), two("Компания увидит этот текст", "The company will see this text")),
            "paper": (two("Описание", "Description"), two("PDF или DOCX до 50 МБ", "PDF or DOCX, up to 50 MB")),
            "agree": (two("Я согласен на обработку данных", "I consent to the use of the data"), ""),
        }  # fmt: skip
        for name, (label, help_text) in text.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        offer_words(self, "stage", [("idea", two("Замысел", "An idea")), ("works", two("Работает у двух клиентов", "Works for two customers"))])  # fmt: skip
        offer_words(self, "kinds", [("data", two("Данные", "Data")), ("site", two("Площадка", "A site")), ("money", two("Деньги", "Money"))])  # fmt: skip
        offer_words(self, "region", [("", "—"), ("29", two("Архангельская область", "Arkhangelsk region")), ("69", two("Тверская область", "Tver region"))])  # fmt: skip

    title = forms.CharField(max_length=200)
    threshold = forms.DecimalField()
    ready_on = forms.DateField()
    stage = forms.ChoiceField(widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    region = forms.ChoiceField()
    why = forms.CharField(widget=forms.Textarea)
    paper = forms.FileField(required=False)
    agree = forms.BooleanField()


def forms_of(request: HttpRequest) -> dict[str, Any]:
    wrong = {"title": "", "threshold": "два", "ready_on": "когда-нибудь", "why": "…"}
    return {
        "form": SampleForm(initial={"title": two("Строка адреса", "Address line")}),
        "wrong_form": SampleForm(wrong, prefix=None, auto_id="wrong_%s"),
    }
