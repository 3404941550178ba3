"""The API's description: it works under the policy, and it cannot be worn out."""

import json
import re

import pytest
import yaml
from django.core.cache import cache
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from ppob import api_docs


@pytest.fixture(autouse=True)
def _nobody_asked_yet(db):
    cache.clear()
    api_docs._rendered.cache_clear()


def test_the_page_has_nothing_inline_and_its_script_is_one(db):
    page = Client().get("/api/docs/")
    text = page.content.decode()

    assert page.status_code == 200
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", text)
    assert len(scripts) == 3
    assert all("src=" in tag and not inside for tag, inside in scripts)
    own = re.search(r'src="([^"]*script=[^"]*)"', text)[1].replace("&amp;", "&")
    script = Client().get(own)
    assert script["Content-Type"].startswith("application/javascript")
    assert "SwaggerUIBundle(" in script.content.decode()


def test_programs_get_it_in_both_formats():
    text = Client().get("/api/schema/")
    parsed = Client().get("/api/schema/", headers={"Accept": "application/json"})

    assert text["Content-Type"] == "application/vnd.oai.openapi"
    assert yaml.safe_load(text.content) == json.loads(parsed.content)
    assert "/api/v1/orders" in json.loads(parsed.content)["paths"]


def test_it_is_made_once_for_many_readers(monkeypatch):
    made = []
    real = SchemaGenerator.get_schema

    def count(self, *args, **more):
        made.append(1)
        return real(self, *args, **more)

    monkeypatch.setattr(SchemaGenerator, "get_schema", count)

    for number in range(5):
        assert Client().get(f"/api/schema/?x={number}").status_code == 200

    assert len(made) == 1


def test_languages_that_do_not_exist_are_not_collected(monkeypatch):
    for number in range(5):
        assert Client().get(f"/api/schema/?lang=x{number}").status_code == 200

    assert api_docs._rendered.cache_info().currsize == 1
    assert Client().get("/api/schema/?lang=id").status_code == 200
    assert api_docs._rendered.cache_info().currsize == 2


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_one_address_may_ask_so_often(path, monkeypatch):
    monkeypatch.setattr(api_docs, "MOST_ASKED", 3)
    asks = [Client(REMOTE_ADDR="203.0.113.9").get(path) for _ in range(4)]

    assert [answer.status_code for answer in asks] == [200, 200, 200, 429]
    assert asks[-1]["Retry-After"] == "60"
    assert Client(REMOTE_ADDR="203.0.113.10").get(path).status_code == 200


def test_a_made_up_way_here_is_no_new_address(monkeypatch):
    monkeypatch.setattr(api_docs, "MOST_ASKED", 1)

    found = [
        Client().get("/api/schema/", headers={"X-Forwarded-For": f"1.1.1.{number}"})
        for number in range(2)
    ]

    assert [answer.status_code for answer in found] == [200, 429]
