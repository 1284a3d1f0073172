"""Blind copies: nothing tells on the author, the document stays the same, and the rest is said."""

import io
import re
import secrets
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from django.utils import translation
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, NumberObject

from pochin.files import pdf, pictures, store
from pochin.files.blind import Stripped, left_in, packed, said, strip_metadata
from pochin.files.intake import receive
from pochin.files.limits import LIMITS, Budget
from pochin.files.tests import corpus

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
SECRET = b"Anna of Amber"
DEVICE = ("words and marks of the device in the picture",)
ORIGIN = ("author and origin in the properties of the PDF",)
PROPERTIES = "author and company in the properties of the document"
AUTHORS = "names of authors in comments and changes"


@pytest.fixture
def blind(anna):
    """Send a document and get its blind copy, with its bytes."""

    def make(name: str, data: bytes) -> tuple[Stripped, bytes]:
        file = receive(corpus.upload(name, data), by=anna, at=NOON)
        copy = strip_metadata(file, by=anna, at=NOON, name=f"document-1.{file.kind}")
        with store.open_bytes(copy.file.sha256) as kept:
            return copy, kept.read()

    return make


def test_a_png_loses_its_words_and_keeps_its_points(blind):
    told = [corpus.chunk(b"tEXt", b"Author\0" + SECRET), corpus.chunk(b"eXIf", SECRET)]

    copy, data = blind("anna.png", corpus.png(2, 2, *told))

    assert data == corpus.png()
    assert (copy.removed, copy.left) == (DEVICE, ())
    assert copy.file.name == "document-1.png"


def test_a_jpeg_loses_its_words_and_what_follows_it(blind):
    told = [corpus.segment(0xE1, b"Exif\0\0" + SECRET), corpus.segment(0xFE, SECRET)]
    colours = corpus.segment(0xE2, b"ICC_PROFILE\0\1\1")

    copy, data = blind("a.jpg", corpus.jpeg(2, 2, *told, colours, tail=SECRET))

    assert data == corpus.jpeg(2, 2, colours)
    assert copy.removed == (*DEVICE, "data behind the picture")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_jpeg_taken_sideways_stays_the_right_way_up(orientation, blind):
    told = corpus.segment(0xE1, corpus.exif(orientation, SECRET))

    _copy, data = blind("a.jpg", corpus.jpeg(2, 2, told))

    assert data.count(SECRET) == 0
    marks = [mark for mark, _place, _length in pictures.jpeg_segments(io.BytesIO(data))]
    assert (0xE1 in marks) is (orientation != 1)
    if orientation != 1:
        assert data[2 : 2 + 36].endswith(bytes([0, orientation, 0, 0, 0, 0, 0, 0]))
    pictures.inspect(io.BytesIO(data), "jpeg", Budget(LIMITS, len(data)))


def test_a_webp_loses_its_words_and_says_so_in_its_head(blind):
    told = b"EXIF" + len(SECRET).to_bytes(4, "little") + SECRET + b"\0"

    copy, data = blind("a.webp", corpus.webp(2, 2, told, flags=0x08))

    assert data == corpus.webp()
    assert copy.removed == DEVICE


def test_a_pdf_loses_author_and_origin_and_no_address_in_it_moves(blind):
    info = b"/Author (Anna \\) of (Amber)) /Producer <416E6E61> /Title (Amber)"
    xmp = (
        b"<< /Type /Metadata >>\nstream\n<?xpacket begin='' id=''?><x:xmpmeta><rdf:RDF>"
        b"<rdf:Description rdf:about='' xmlns:pdfaid='x'><dc:creator>" + SECRET + b"</dc:creator>"
        b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" + b" " * 99
    )
    closed = b"</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>\nendstream"
    given = corpus.pdf(xmp + closed, info=info)

    copy, data = blind("a.pdf", given)

    assert [data.count(word) for word in (b"Anna", b"Amber", b"416E6E61")] == [0, 0, 0]
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    assert (len(data), data.index(b"xref\n")) == (len(given), given.index(b"xref\n"))
    assert (copy.removed, copy.left) == (ORIGIN, ())


def listed(*objects: tuple[int, bytes], entries: bytes = b"") -> bytes:
    """Objects packed into a list of objects, each with its number."""
    bodies, heads = b"", b""
    for number, body in objects:
        heads += b"%d %d " % (number, len(bodies))
        bodies += body + b"\n"
    said = b"/Type /ObjStm /N %d /First %d " % (len(objects), len(heads))
    return corpus.packed(heads + bodies, entries=said + entries)


def of_packed(*objects: bytes, info: int = 9) -> bytes:
    """A PDF whose properties are its object 9."""
    return corpus.pdf(*objects).replace(b"/Info 4 0 R", b"/Info %d 0 R" % info)


def opened(data: bytes) -> bytes:
    """The file and, behind it, all that is packed in it."""
    return data + b"".join(pdf.inflated(data, Budget(LIMITS, len(data))))


WORDS = b"/Author (" + SECRET + b") /Creator (Word of Amber) /Title <416E6E61> /Producer (Amber)"
LEFT = ("The properties of the PDF are packed and could not be removed.",)


def test_properties_packed_among_objects_of_a_pdf_are_removed_and_nothing_moves(blind):
    font = b"<< /Type /Font /BaseFont /Times /Note (Amber is a colour) >>"
    given = of_packed(listed((8, font), (9, b"<< " + WORDS + b" >>"), (10, b"[1 2 3]")))

    copy, data = blind("a.pdf", given)

    told = opened(data)
    assert [told.count(word) for word in (SECRET, b"Word of Amber", b"416E6E61")] == [0, 0, 0]
    assert font in told
    assert b"[1 2 3]" in told
    assert (len(data), data.index(b"xref\n")) == (len(given), given.index(b"xref\n"))
    assert (copy.removed, copy.left) == (ORIGIN, ())


def test_a_program_reads_the_pdf_as_before_but_for_its_properties(blind):
    source = PdfWriter()
    page = source.add_blank_page(width=200, height=100)
    page[NameObject("/Rotate")] = NumberObject(90)
    source.add_metadata({"/Author": "Анна из «Янтаря»", "/Title": "План испытаний"})
    out = io.BytesIO()
    source.write(out)
    info = re.search(rb"(\d+) 0 obj\n<<\n/Producer.*?>>\nendobj", out.getvalue(), re.DOTALL)
    assert info is not None

    plain = out.getvalue()
    number, body = int(info[1]), info[0].split(b"obj\n", 1)[1].removesuffix(b"\nendobj")
    packed = b"%d 0 obj\n%s\nendobj" % (number + 90, listed((number, body)))
    given = plain.replace(info[0], packed)

    copy, data = blind("a.pdf", given)

    read = PdfReader(io.BytesIO(data))
    assert (len(read.pages), read.pages[0].rotation) == (1, 90)
    assert body.split(b"/Author", 1)[1][:20] not in opened(data)
    assert (copy.removed, copy.left) == (ORIGIN, ())


def test_a_packed_description_of_a_pdf_is_quieted(blind):
    xmp = (
        b"<?xpacket begin='' id=''?><x:xmpmeta><rdf:RDF><rdf:Description rdf:about='' "
        b"xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
        b"xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/'><dc:creator><rdf:Seq><rdf:li>"
        + SECRET
        + b"</rdf:li></rdf:Seq></dc:creator><xmp:CreatorTool>Word of Amber"
        b"</xmp:CreatorTool><pdfaid:part>3</pdfaid:part>"
        b"</rdf:Description></rdf:RDF></x:xmpmeta>" + b" " * 99 + b"<?xpacket end='w'?>"
    )
    given = corpus.pdf(corpus.packed(xmp, entries=b"/Type /Metadata /Subtype /XML"))

    copy, data = blind("a.pdf", given)

    assert SECRET not in opened(data)
    assert b"<pdfaid:part>3</pdfaid:part>" in opened(data)
    assert len(data) == len(given)
    assert (copy.removed, copy.left) == (ORIGIN, ())


BROKEN = {
    "a string that never ends": listed((9, b"<< /Author (" + SECRET + b" >>")),
    "properties that stand elsewhere": listed(
        (9, b"<< /Author 12 0 R >>"), (12, b"(" + SECRET + b")")
    ),
    "a list without its numbers": corpus.packed(b"<< " + WORDS + b" >>", entries=b"/Type /ObjStm"),
    "numbers that are none": corpus.packed(
        b"9 x << " + WORDS + b" >>", entries=b"/Type /ObjStm /N 1 /First 4"
    ),
    "a part of no list": corpus.packed(b"<< " + WORDS + b" >>"),
    "a row that is predicted": listed(
        (9, b"<< " + WORDS + b" >>"), entries=b"/DecodeParms << /Predictor 1 >>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_removed_from_a_pdf_stays_as_it_is_and_is_owned_up_to(name, blind):
    given = of_packed(BROKEN[name])

    copy, data = blind("a.pdf", given)

    assert data == given
    assert copy.left == LEFT


def test_a_torn_list_of_objects_is_left_alone(blind):
    whole = of_packed(listed((9, b"<< " + WORDS + b" >>"), (10, b"x" * 5000)))
    place = whole.index(b"stream\nx") + 60
    torn = whole[:place] + b"\xff" * 20 + whole[place + 20 :]

    _copy, data = blind("a.pdf", torn)

    assert data == torn


def test_a_signed_pdf_is_told_of(blind):
    given = corpus.pdf(b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>")

    copy, _data = blind("a.pdf", given)

    assert copy.left == ("The PDF is signed, and its signature names who signed it.",)


@pytest.mark.parametrize("room", range(40))
def test_bytes_are_packed_into_exactly_the_room_there_is(room):
    words = bytes(range(32, 127)) * 30
    least = len(zlib.compress(words, 9)) + 12

    fitted = packed.fitted(words, least + room)

    assert fitted is not None
    assert len(fitted) == least + room
    assert zlib.decompress(fitted) == words


def test_bytes_that_need_more_room_are_not_packed():
    assert packed.fitted(secrets.token_bytes(500), 300) is None


def test_comments_in_a_pdf_are_owned_up_to(blind):
    copy, _data = blind("a.pdf", corpus.pdf(b"<< /Subtype /Text /T (Boris) >>"))

    assert copy.left == ("Comments in the PDF may name their authors.",)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_docx_loses_its_authors_everywhere_and_keeps_its_words(blind):
    text = b'<w:p><w:ins w:author="Anna of Amber" w:initials="AA">our offer</w:ins></w:p>'
    given = corpus.docx(
        **{
            "word/document2.xml": text,
            "docProps/core.xml": b"<dc:creator>Anna of Amber</dc:creator>",
            "docProps/app.xml": b"<Company>Anna of Amber</Company><Pages>3</Pages>",
            "word/comments.xml": b'<w:comment w:author="Anna of Amber"/>',
            "word/people.xml": b'<w15:person w15:author="Anna of Amber" w15:userId="anna"/>',
            "word/media/image1.png": corpus.png(2, 2, corpus.chunk(b"tEXt", SECRET)),
        }
    )

    copy, data = blind("offer of Amber.docx", given)

    found = parts(data)
    assert [name for name, part in found.items() if SECRET in part] == []
    assert list(found) == list(parts(given))
    assert found["word/document2.xml"] == text.replace(SECRET, b"Author").replace(b'"AA"', b'""')
    assert found["docProps/app.xml"] == b"<Company></Company><Pages>3</Pages>"
    assert found["word/media/image1.png"] == corpus.png()
    assert sorted(copy.removed) == sorted([PROPERTIES, AUTHORS, *DEVICE])
    assert copy.left == (
        "Tracked changes stay in the document; accept them before sending.",
        "Comments stay in the document; their authors are taken out.",
    )


def test_an_xlsx_loses_its_authors_and_the_path_of_its_folder(blind):
    path = b'<x15ac:absPath xmlns:x15ac="x" url="C:\\Users\\Anna of Amber\\"/>'
    given = corpus.xlsx(
        **{
            "xl/workbook.xml": path,
            "xl/comments1.xml": b"<author>Anna of Amber</author>",
            "xl/persons/person.xml": b'<person displayName="Anna of Amber" userId="anna"/>',
        }
    )

    _copy, data = blind("a.xlsx", given)

    assert [name for name, part in parts(data).items() if b"nna" in part] == []


def test_an_odt_loses_its_properties_and_stays_an_odt(blind):
    words = b"<dc:creator>Anna of Amber</dc:creator><text:p>our offer</text:p>"

    copy, data = blind("a.odt", corpus.odt(**{"meta.xml": SECRET, "content.xml": words}))

    assert [name for name, part in parts(data).items() if SECRET in part] == []
    assert copy.file.kind == "odt"
    assert copy.removed == (PROPERTIES, AUTHORS) or copy.removed == (AUTHORS, PROPERTIES)


def test_a_plain_text_stays_as_it_is(blind):
    copy, data = blind("a.txt", b"our offer")

    assert (data, copy.removed, copy.left) == (b"our offer", (), ())


def test_files_inside_an_archive_lose_their_authors_and_their_names(blind):
    inner = corpus.archive({"anna.png": corpus.png(2, 2, corpus.chunk(b"tEXt", SECRET))})
    given = {
        "Amber/offer of Anna.docx": corpus.docx(
            **{"docProps/core.xml": b"<dc:creator>Anna of Amber</dc:creator>"}
        ),
        "Amber/scan.pdf": corpus.pdf(info=b"/Author (Anna of Amber)"),
        "Amber/more.zip": inner,
        "Amber/words.txt": b"our offer",
    }

    copy, data = blind("a.zip", corpus.archive(given))

    found = parts(data)
    assert list(found) == ["file-1.docx", "file-2.pdf", "file-3.zip", "file-4.txt"]
    assert SECRET not in parts(found["file-1.docx"])["docProps/core.xml"]
    assert SECRET not in found["file-2.pdf"]
    assert parts(found["file-3.zip"]) == {"file-1.png": corpus.png()}
    assert found["file-4.txt"] == b"our offer"
    assert (copy.file.kind, copy.left) == ("zip", ())


def test_what_stays_inside_an_archive_is_owned_up_to(blind):
    packed = corpus.pdf(corpus.packed(b"<< /Author (" + SECRET + b") >>"))

    copy, _data = blind("a.zip", corpus.archive({"a.pdf": packed}))

    assert copy.left == ("The properties of the PDF are packed and could not be removed.",)


def test_what_stays_is_known_without_a_copy_and_said_in_both_languages(anna):
    packed = corpus.pdf(corpus.packed(b"<< /Author (" + SECRET + b") >>"))
    file = receive(corpus.upload("a.pdf", packed), by=anna, at=NOON)

    left = left_in(file)

    assert said(left) == "The properties of the PDF are packed and could not be removed."
    with translation.override("ru"):
        assert "упакованы" in said(left)
    assert said(None) == said([]) == ""
