"""The description of the API is exact: what it says is what the routes do."""

import json

import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from pochin.api import api

DESCRIBED = api.get_openapi_schema(path_prefix="/api/")
OPERATIONS = [
    (path, method, operation)
    for path, methods in DESCRIBED["paths"].items()
    for method, operation in methods.items()
]
IDS = [f"{method} {path}" for path, method, _operation in OPERATIONS]
LISTS = [path for path, _m, one in OPERATIONS if "limit" in str(one["parameters"])]
PUBLIC = ["/api/needs", "/api/solutions", "/api/organisations", "/api/sites", "/api/pilots",
          "/api/results"]  # fmt: skip


def walk(resolver, start=""):
    for entry in resolver.url_patterns:
        address = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, address)
        elif isinstance(entry, URLPattern):
            yield address


def test_every_route_is_described_and_nothing_else_is():
    routes = {"/" + one for one in walk(get_resolver()) if one.startswith("api/")}
    plain = {one.replace("<int:", "<").replace("<uuidstr:", "<") for one in routes}
    told = {path.replace("{", "<").replace("}", ">") for path in DESCRIBED["paths"]}

    assert plain - told == {"/api/", "/api/openapi.json"}
    assert told - plain == set()


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_every_operation_says_what_it_does_and_how_it_fails(path, method, operation):
    assert operation["description"].endswith(".")
    assert {"400", "401", "404"} <= {str(status) for status in operation["responses"]}
    for status, answer in operation["responses"].items():
        shape = answer["content"]["application/json"]["schema"]
        if int(status) >= 400 and int(status) != 409:
            assert shape["$ref"].endswith("/Fault")


def test_names_of_operations_and_shapes_are_theirs_alone():
    names = [operation["operationId"] for _path, _method, operation in OPERATIONS]
    states = {
        room: tuple(DESCRIBED["components"]["schemas"][room]["properties"]["state"]["enum"])
        for room in ("NeedOut", "SolutionOut", "SiteOut", "PilotOut")
    }

    assert len(set(names)) == len(names)
    assert len(set(states.values())) == 4
    assert "suspended" in states["SiteOut"]
    assert "collecting" in states["NeedOut"]


def test_every_reference_leads_somewhere():
    text = json.dumps(DESCRIBED)
    wanted = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}

    assert wanted <= set(DESCRIBED["components"]["schemas"])


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_paged_alike(path):
    operation = DESCRIBED["paths"][path]["get"]
    given = {one["name"]: one["schema"] for one in operation["parameters"]}
    shape = operation["responses"][200]["content"]["application/json"]["schema"]["$ref"]
    fields = DESCRIBED["components"]["schemas"][shape.rpartition("/")[2]]["properties"]

    assert (given["limit"]["minimum"], given["limit"]["maximum"]) == (1, 100)
    assert "after" in given
    assert set(fields) == {"items", "next"}


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_answered_has_the_described_fields_in_their_order(path, need, cast):
    answer = Client().get(path).json()
    shape = DESCRIBED["paths"][path]["get"]["responses"][200]
    page = shape["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    items = DESCRIBED["components"]["schemas"][page]["properties"]["items"]["items"]["$ref"]
    fields = list(DESCRIBED["components"]["schemas"][items.rpartition("/")[2]]["properties"])

    assert list(answer) == ["items", "next"]
    assert all(list(one) == fields for one in answer["items"])


@pytest.mark.parametrize(
    ("path", "where", "words"),
    [
        ("/api/needs?stat=x", "stat", "it knows: state, programme, is_open, after, limit."),
        ("/api/needs?limit=101", "limit", "at most 100 is wanted."),
        ("/api/needs?limit=0", "limit", "at least 1 is wanted."),
        ("/api/needs?after=x", "after", "a whole number is wanted."),
        ("/api/sites?state=open", "state", "nominated, checked, has_status"),
        ("/api/needs/1?x=1", "x", "knows no parameters"),
    ],
)
def test_what_is_asked_wrong_is_refused_with_a_sentence_and_its_place(db, path, where, words):
    answer = Client().get(path, headers={"Accept-Language": "en-GB,en;q=0.9"})

    assert answer.status_code == 400
    assert answer.json()["where"] == where
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/nothing", 404),
        ("get", "/api/needs/999", 404),
        ("get", "/api/needs/a%00b", 404),
        ("get", "/api/sites?q=%00", 400),
        ("delete", "/api/needs", 405),
    ],
)
def test_faults_have_one_shape_wherever_they_arise(db, method, path, status):
    answer = getattr(Client(), method)(path)

    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/json")
    assert set(answer.json()) == {"detail", "where"}
    assert answer.json()["detail"].endswith(".")


def test_a_wrong_method_is_told_which_are_right(db):
    assert Client().delete("/api/needs")["Allow"] == "GET"


@pytest.mark.parametrize(
    ("asked", "said"),
    [("en", "There is no such thing here."), ("ru", "Здесь такого нет."),
     ("fr", "Здесь такого нет."), ("", "Здесь такого нет.")],
)  # fmt: skip
def test_sentences_come_in_the_language_that_is_asked_for(db, asked, said):
    answer = Client().get("/api/needs/999", headers={"Accept-Language": asked})

    assert answer.json()["detail"] == said


def test_what_is_known_is_not_sent_again_until_it_changes(need):
    first = Client().get("/api/needs")
    again = Client().get("/api/needs", headers={"If-None-Match": first["ETag"]})
    type(need).objects.update(title_ru="Другое")
    changed = Client().get("/api/needs", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert first["Cache-Control"] == "private, no-cache"


def test_heads_are_answered_as_the_whole_is(need):
    whole, head = Client().get("/api/needs"), Client().head("/api/needs")

    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == whole["ETag"]
    assert int(head["Content-Length"]) == len(whole.content)


def test_the_beginning_of_the_addresses_leads_to_what_is_said_of_them(db):
    assert Client().get("/api/")["Location"] == "/data/#programs"
