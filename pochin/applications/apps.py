"""Applications as an application of the framework: reactions and search are known at start."""

from typing import Any

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "pochin.applications"

    def ready(self) -> None:
        """Learn the reactions of this room and by which words an application is found."""
        from pochin.applications import reactions  # noqa: F401
        from pochin.applications.models import Application
        from pochin.search.index import declare

        declare(Application, title=str, text=_text, number=lambda a: str(a.number))


def _text(application: Any) -> str:
    """What was handed in last; a draft is found by its title alone."""
    version = application.versions.order_by("-number").first()
    answers = version.content["answers"] if version else {}
    return " ".join(str(v) for section in answers.values() for v in section.values())
