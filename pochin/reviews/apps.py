"""Reviews as an application of the framework: its reactions are known from the start."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "pochin.reviews"

    def ready(self) -> None:
        """Learn the reactions of this room."""
        from pochin.reviews import reactions  # noqa: F401
