"""Files of the look under names that change with their content."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Works out the address of a file once: while a server runs, its files stay the same."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file; `force` as the framework means it."""
        if force:
            return super().url(name, force)
        found = self._addresses.get(name)
        if found is None:
            found = self._addresses[name] = super().url(name)
        return found

    def save_manifest(self) -> None:
        """Keep the new names; addresses worked out before may be of the old ones."""
        super().save_manifest()
        self._addresses.clear()
