"""What is the same on every page is worked out once, and anew where it changes."""

import json

from pochin.ui.storage import Storage


def test_every_page_says_what_it_may_load(client, db):
    policy = client.get("/")["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert client.get("/no-such-page/")["Content-Security-Policy"] == policy


def test_files_of_the_look_are_called_by_what_is_in_them(settings, tmp_path):
    storage = Storage(location=str(tmp_path), base_url="/static/")
    storage.hashed_files = {"ui/icon.svg": "ui/icon.1.svg"}
    assert storage.url("ui/icon.svg") == "/static/ui/icon.1.svg"

    storage.hashed_files = {"ui/icon.svg": "ui/icon.2.svg"}
    storage.save_manifest()

    assert storage.url("ui/icon.svg") == "/static/ui/icon.2.svg"
    assert json.loads((tmp_path / "staticfiles.json").read_text())["paths"] == storage.hashed_files
