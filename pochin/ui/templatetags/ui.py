"""All components under one name: `{% load ui %}`."""

from __future__ import annotations

from django import template

from pochin.ui.components import blocks, buttons, fields, frame, lists, people, stages, words

register = template.Library()

for part in (words, frame, blocks, stages, people, fields, buttons, lists):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
