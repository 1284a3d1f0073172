"""The room as Django knows it."""

from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "pochin.sites"
