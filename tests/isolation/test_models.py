"""A new table, cache key or kind of file has to say whose it is."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from ppob.kit.tenant_rows import AcrossTenants, TenantForeignKey, TenantRow
from ppob.kit.tenant_sql import TenantTable
from tests.isolation import canary

OUR_APPS = ("security", "tenants", "catalog", "inventory", "payments", "bot")

# Tables that are nobody's in particular, and why.
PLATFORM = {
    "security.User": "a person, who may work in several stores",
    "security.Session": "a person's browser, before a store is known",
    "security.TryCount": "tries at the door, by hashes that name nobody",
    "tenants.ProofRun": "when the rules were asked, of all stores together",
    "tenants.Tenant": "the store itself, behind the same policies by its id",
}
# Tables whose rows may belong to no store. Only the platform sees those.
WITHOUT_STORE = {
    "security.AuditEntry": "entries of the platform's own",
    "security.AuditLink": "the platform's own chain",
    "bot.BotInstance": "the shared bot",
    "bot.InstanceEvent": "moves of the shared bot",
}
# What is kept in the cache. Nothing of a store has a key without its number.
CACHE_KEYS = {
    "server-picture:{tenant}:{}",
    "api-rate:{tenant}",
    "api-limit:{tenant}:{}",
    "bot-id:{}",  # by the public part of a token
    "admin-failures:{}",  # by the address somebody guesses passwords from
    "audit-heads:{}",
    "account:{tenant}:{}:{}",
    "price-list:{tenant}:{}",
}
# Where files lie: below a random number of our own, never under a name of anybody's.
FILES = {
    r"products/{hex}\.webp": "public, like the panel that shows it",
    r"tickets/{uuid}/{uuid}\.\w+": "served to the ticket's store alone",
}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OUR_APPS]


def test_every_table_belongs_to_stores_or_says_why_not():
    strangers = {
        model._meta.label for model in own_models() if not issubclass(model, TenantRow)
    }

    assert strangers == set(PLATFORM)


def test_every_row_of_a_store_names_it():
    nameless = {
        model._meta.label
        for model in canary.tenant_models()
        if model._meta.get_field("tenant_id" if _is_number(model) else "tenant").null
    }

    assert nameless <= set(WITHOUT_STORE)


def _is_number(model: type[models.Model]) -> bool:
    return any(field.name == "tenant_id" for field in model._meta.concrete_fields)


def test_every_table_of_stores_was_fenced_by_a_migration():
    fenced = set()
    for app in OUR_APPS:
        for path in Path(app, "migrations").glob("0*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and _name_of(node) == TenantTable.__name__
                ):
                    fenced.add(ast.literal_eval(node.args[0]))

    tables = {model._meta.db_table for model in canary.tenant_models()}
    assert tables | {"tenants_tenant"} == fenced


def _name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def test_every_reference_between_rows_of_stores_is_a_double_one():
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in canary.tenant_models()
        for field in model._meta.concrete_fields
        if field.is_relation
        and issubclass(field.related_model, TenantRow)
        and not isinstance(field, TenantForeignKey)
    ]
    many = [
        model._meta.label
        for model in canary.tenant_models()
        if model._meta.local_many_to_many
    ]

    assert (plain, many) == ([], [])


def test_rows_across_stores_are_read_in_cross_tenant_modules_and_the_admin_only():
    readers = {
        str(path)
        for app in (*OUR_APPS, "ppob")
        for path in Path(app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "across_tenants"
    }

    odd = {
        path
        for path in readers
        if not re.search(
            r"(?:^|/)(?:cross_tenant(?:/\w+)?|admin|admin_base|health_proofs)\.py$",
            path,
        )
    }
    assert odd == set()
    assert AcrossTenants.__name__ == "AcrossTenants"


def written_keys() -> set[str]:
    """Every key that product code gives to the cache, with `{}` for what varies."""
    keys = set()
    for app in (*OUR_APPS, "ppob"):
        for path in Path(app).rglob("*.py"):
            text = path.read_text()
            if "core.cache import" in text or "get_cache_key" in text:
                keys |= _keys_in(ast.parse(text))
    return keys


def _keys_in(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else _hole(part)
                for part in node.values
            )
            if re.fullmatch(r"[a-z-]+:[^ /]*", text):
                found.add(text)
    return found


def _hole(part: ast.AST) -> str:
    return "{tenant}" if "tenant" in ast.unparse(part) else "{}"


def test_every_key_of_the_cache_says_whose_it_is():
    used = written_keys()

    assert used <= CACHE_KEYS
    assert {
        "server-picture:{tenant}:{}",
        "api-rate:{tenant}",
        "api-limit:{tenant}:{}",
        "price-list:{tenant}:{}",
    } <= used


def test_nothing_else_caches():
    silent = [
        str(path)
        for app in (*OUR_APPS, "ppob")
        for path in Path(app).rglob("*.py")
        if re.search(
            r"cache_page|@cached_property|lru_cache|functools import cache\b",
            path.read_text(),
        )
    ]

    assert set(silent) <= REMEMBERS


# Modules that remember something in their process, and nothing of any store.
REMEMBERS = {
    "bot/message_kinds.py",  # the kinds of messages, as the code declares them
    "ppob/kit/audit_words.py",  # the apps' words, as the code declares them
    "ppob/kit/cards.py",  # the kinds of cards, as the code declares them
    "ppob/api_docs.py",  # the API's description
    "ppob/kit/jobs.py",  # connections to the broker
    "ppob/kit/provider_calls.py",  # connections to providers, without cookies
    "ppob/kit/slots.py",  # a connection to Valkey
    "ppob/kit/rows.py",  # statements
    "ppob/kit/transition_sql.py",
    "ppob/local/paths.py",
    "security/admin_base.py",
    "security/crypto.py",
    "security/discord/api.py",
}


@pytest.mark.parametrize("pattern", FILES)
def test_files_lie_under_random_numbers(pattern):
    """What writes files uses one of these patterns."""
    writers = {
        str(path)
        for app in OUR_APPS
        for path in Path(app).rglob("*.py")
        if "default_storage.save(" in path.read_text()
    }

    assert writers == {"catalog/services/products.py", "bot/services/transcripts.py"}
    assert pattern.split("/")[0] in ("products", "tickets")
