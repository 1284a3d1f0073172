"""Needs as an application of the framework: how they are found is known from the start."""

from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "pochin.needs"

    def ready(self) -> None:
        """Declare by which words a need is found."""
        from pochin.needs.models import Need
        from pochin.search.index import declare

        declare(
            Need,
            title=lambda need: f"{need.title_ru} {need.title_en}",
            text=lambda need: " ".join(
                [need.problem_ru, need.problem_en, need.metric_ru, need.metric_en,
                 need.place_ru, need.place_en, need.offered_ru, need.limits_ru]
            ),
            number=lambda need: str(need.number),
        )  # fmt: skip
