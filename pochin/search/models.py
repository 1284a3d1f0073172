"""What can be found: one document for each thing, its words as lemmas."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models


class Hits(models.Func):
    """The documents the index finds; it stands beside the table, made by a migration."""

    output_field = models.BigAutoField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        said = "SELECT rowid FROM search_index WHERE search_index MATCH %(expressions)s"
        return self.as_sql(compiler, connection, template=said, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        said = "SELECT id FROM search_document WHERE vector @@ (%(expressions)s)::tsquery"
        return self.as_sql(compiler, connection, template=said, **context)


class Document(models.Model):
    """The words of one thing. Never shown: whoever may see the thing finds it through them."""

    # Indexed together with what tells the documents of a kind apart.
    kind = models.ForeignKey(ContentType, models.CASCADE, related_name="+", db_index=False)
    thing_id = models.PositiveBigIntegerField()
    # The digits of the thing's number.
    number = models.CharField(max_length=64, blank=True)
    title = models.TextField(blank=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "thing_id"], name="document_one_per_thing")
        ]

    def __str__(self) -> str:
        return f"{self.kind_id}:{self.thing_id}"
