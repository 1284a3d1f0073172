"""What is looked after among the documents of applications."""

from __future__ import annotations

from django_tasks import task

from pochin.applications.models import Attachment
from pochin.files import blind

MOST = 500  # in one night


@task(cron="50 4 * * *")
def look_through_documents() -> int:
    """Note what copies for experts would tell on their authors, where nobody has looked yet."""
    unseen = Attachment.objects.filter(left__isnull=True).select_related("file").order_by("pk")
    looked = 0
    for attachment in unseen[:MOST]:
        try:
            left = blind.left_in(attachment.file)
        except FileNotFoundError:
            continue  # the check of files names it
        Attachment.objects.filter(pk=attachment.pk).update(left=left)
        looked += 1
    return looked
