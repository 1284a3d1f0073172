"""The room as Django knows it."""

from django.apps import AppConfig


class MarketsConfig(AppConfig):
    name = "pochin.markets"
