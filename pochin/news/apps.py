"""News as an application of the framework: how they are found is known from the start."""

from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "pochin.news"

    def ready(self) -> None:
        """Declare by which words a piece of news is found."""
        from pochin.news.models import Piece
        from pochin.search.index import declare

        declare(
            Piece,
            title=lambda piece: f"{piece.title_ru} {piece.title_en}",
            text=lambda piece: " ".join(
                [piece.lead_ru, piece.lead_en, piece.body_ru, piece.body_en]
            ),
        )
