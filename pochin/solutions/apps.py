"""The room as Django knows it."""

from django.apps import AppConfig


class SolutionsConfig(AppConfig):
    name = "pochin.solutions"
