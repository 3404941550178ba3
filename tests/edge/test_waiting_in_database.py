"""PostgreSQL stops whoever waits too long; it is a sentence and nothing was changed."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
)
from django.http import HttpResponse
from django.test import Client, RequestFactory
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from bot.ui.clicks import refuse
from catalog.models import Product
from payments.api import callbacks, views
from payments.dashboard import orders
from ppob import databases, env
from ppob.kit.db import unit_of_work, units_kept
from ppob.kit.errors import DomainError
from ppob.kit.pages import RefusalMiddleware
from ppob.kit.postgres.refusals import Busy, TooSlow, refusal_for
from ppob.kit.scope import tenant_scope
from ppob.local import postgres
from security import session_store
from tenants import middleware
from tenants.jobs import sweep, tenant_job
from tests.factories import make_gateway_method, make_member, make_product
from tests.payments.racing import outcomes

ORDERS = "/toko/arcadia/pesanan/"
SHORT = "50ms"


def impatient(**names: str) -> None:
    """Limits of the open transaction, short enough for a test."""
    with connection.cursor() as cursor:
        for name, length in names.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, length])


@contextmanager
def locked(superuser: psycopg.Connection[Any], product: Product) -> Iterator[None]:
    """Somebody else holds the product's row."""
    with psycopg.connect(superuser.info.dsn) as other:
        other.execute(
            "SELECT FROM catalog_product WHERE id = %s FOR UPDATE", (product.pk,)
        )
        yield


def rename(product: Product) -> None:
    with unit_of_work("tests.rename"):
        impatient(lock_timeout=SHORT)
        Product.objects.filter(pk=product.pk).update(name="renamed")


def rename_slowly(product: Product) -> None:
    with unit_of_work("tests.slow"):
        impatient(statement_timeout=SHORT)
        Product.objects.filter(pk=product.pk).update(name="renamed")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")


def error_of(work: Callable[..., Any], *given: Any) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        work(*given)
    return caught.value


def settings_of(alias: str) -> tuple[str, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), current_setting("
            "'statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout')"
        )
        found: tuple[str, ...] = cursor.fetchone()
    return found


# --- What is set ----------------------------------------------------------------------


@pytest.mark.parametrize("alias", ["default", "platform"])
def test_every_connection_has_its_limits(db, alias):
    # The tests are a command.
    assert settings_of(alias) == ("10s", "10min", "10min")


def test_a_migration_waits_for_a_table_but_not_for_ever(db):
    assert settings_of("owner") == ("1min", "0", "0")


@pytest.mark.parametrize(
    ("argv", "kind"),
    [
        (["/x/bin/gunicorn", "ppob.wsgi:application"], "web"),
        (["/x/site-packages/uvicorn/__main__.py", "ppob.asgi:application"], "web"),
        (["/x/bin/uvicorn", "ppob.asgi:application"], "web"),
        (["manage.py", "runserver"], "web"),
        (["/app/manage.py", "runbot", "--tenant-id", "x"], "bot"),
        (["/x/bin/celery", "-A", "ppob", "worker"], "worker"),
        (["/x/site-packages/celery/__main__.py", "-A", "ppob", "beat"], "worker"),
        (["manage.py", "verify"], "command"),
        (["-c"], "command"),
        ([], "command"),
    ],
)
def test_a_process_knows_what_it_is(argv, kind, monkeypatch):
    monkeypatch.setattr(env.sys, "argv", argv)

    assert env.process_kind() == kind
    options = databases.database("app", pool_size=2)["OPTIONS"]["options"]
    assert options == databases.LIMITS[kind].as_option()


def test_whoever_is_waited_for_waits_less():
    web, worker = databases.LIMITS["web"], databases.LIMITS["worker"]

    assert web.lock_secs < web.statement_secs < worker.statement_secs
    assert worker.lock_secs < worker.statement_secs < configured.CELERY_TASK_TIME_LIMIT
    assert databases.LIMITS["bot"] == web


def test_what_an_address_asks_for_itself_counts(monkeypatch):
    monkeypatch.setattr(
        databases.environment,
        "database_url",
        lambda role: "postgres://u@h/n?options=-c%20statement_timeout%3D1s",
    )

    options = databases.database("app", pool_size=0)["OPTIONS"]["options"]

    assert options.endswith(" -c statement_timeout=1s")


@pytest.mark.parametrize("role", ["ppob_app", "ppob_platform"])
def test_whoever_comes_in_another_way_meets_the_second_wall(superuser, role):
    [config] = superuser.execute(
        "SELECT rolconfig FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()

    assert set(config) == {
        "lock_timeout=30s",
        "statement_timeout=120s",
        "idle_in_transaction_session_timeout=120s",
    }
    assert "ALTER ROLE ppob_owner SET" not in postgres.ROLES_FILE.read_text()


# --- What it becomes ------------------------------------------------------------------


def test_a_lock_that_is_held_is_busy_and_nothing_was_changed(in_arcadia, superuser):
    product = make_product(name="Netflix")

    with locked(superuser, product):
        refusal = refusal_for(error_of(rename, product))

    assert isinstance(refusal, Busy)
    assert (refusal.code, refusal.http_status) == ("BUSY", 503)
    assert "Nothing was changed" in str(refusal)
    product.refresh_from_db()
    assert product.name == "Netflix"


def test_a_slow_statement_is_stopped_and_its_connection_goes_on(in_arcadia):
    product = make_product(name="Netflix")
    connection.ensure_connection()
    raw = connection.connection

    refusal = refusal_for(error_of(rename_slowly, product))

    assert isinstance(refusal, TooSlow)
    assert refusal.code == "TOO_SLOW"
    assert connection.connection is raw
    assert raw.info.transaction_status == TransactionStatus.IDLE
    product.refresh_from_db()
    assert product.name == "Netflix"
    connection.close()  # as at the end of a request: back into the pool
    assert not raw.closed
    assert settings_of("default")[1] == "10min"


def test_a_transaction_that_asks_nothing_is_ended_and_the_next_one_works(
    in_arcadia, superuser, until
):
    product = make_product(name="Netflix")
    query = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"

    def rest_in_transaction() -> None:
        with unit_of_work("tests.idle"):
            impatient(idle_in_transaction_session_timeout=SHORT)
            Product.objects.filter(pk=product.pk).update(name="renamed")
            pid = connection.connection.info.backend_pid
            until(lambda: superuser.execute(query, (pid,)).fetchone() == (0,))
            Product.objects.count()

    refusal = refusal_for(error_of(rest_in_transaction))

    assert isinstance(refusal, TooSlow)
    product.refresh_from_db()  # over a new connection
    assert product.name == "Netflix"


def test_of_two_who_wait_for_each_other_one_is_busy(in_arcadia):
    rows = [make_product(), make_product()]
    line = threading.Barrier(2, timeout=10)

    def swap(first: Product, second: Product) -> Callable[[], str]:
        def work() -> str:
            with tenant_scope(in_arcadia.pk), unit_of_work("tests.swap"):
                Product.objects.filter(pk=first.pk).update(name="one")
                line.wait()
                Product.objects.filter(pk=second.pk).update(name="two")
            return "done"

        return work

    found = outcomes([swap(*rows), swap(*reversed(rows))])

    [refused] = [each for each in found if each != "done"]
    assert isinstance(refusal_for(refused), Busy)


def test_a_pool_without_a_free_connection_is_busy():
    error = OperationalError("no connection")
    error.__cause__ = PoolTimeout("no connection")

    assert isinstance(refusal_for(error), Busy)


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("x"),
        OperationalError("the server went away"),
        errors.UndefinedTable("x"),
        ValueError("x"),
    ],
)
def test_a_fault_stays_a_fault(error):
    assert refusal_for(error) is None


# --- Who reads it ---------------------------------------------------------------------


@pytest.fixture
def browser(in_arcadia) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_member().user)
    client.cookies["django_language"] = "en"
    return client


def lock_error() -> OperationalError:
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = errors.LockNotAvailable("lock timeout")
    return error


def raises(*_args: Any, **_more: Any) -> Any:
    raise lock_error()


def test_a_page_says_it_and_when_to_come_back(browser, monkeypatch):
    monkeypatch.setattr(orders.selectors, "order_page", raises)

    page = browser.get(ORDERS)

    assert (page.status_code, page["Retry-After"]) == (503, "5")
    text = page.content.decode()
    assert "Nothing was changed." in text
    assert "<code>BUSY</code>" in text


def test_a_part_of_a_page_says_it_too(browser, monkeypatch):
    monkeypatch.setattr(orders.selectors, "order_page", raises)

    part = browser.get(ORDERS, headers={"HX-Request": "true"})

    assert part.status_code == 503
    assert "Nothing was changed." in part.content.decode()
    assert "<html" not in part.content.decode()


def test_what_was_done_before_is_not_denied(browser, monkeypatch):
    """One request may have finished a part before it had to wait."""

    def half(**_more: Any) -> Any:
        with unit_of_work("tests.first_half"):
            pass
        raise lock_error()

    monkeypatch.setattr(orders.selectors, "order_page", half)

    text = browser.get(ORDERS).content.decode()

    assert "Nothing was changed" not in text
    assert "look at it again" in text


def test_only_what_is_committed_counts(in_arcadia):
    before = units_kept()
    with pytest.raises(ValueError, match="undone"), unit_of_work("tests.undone"):
        raise ValueError("undone")
    assert units_kept() == before

    with unit_of_work("tests.outer"), unit_of_work("tests.inner"):
        assert units_kept() == before

    assert units_kept() == before + 1


def test_a_program_reads_a_problem(browser, monkeypatch):
    monkeypatch.setattr(views.Orders, "get_queryset", raises)

    answer = browser.get("/api/v1/orders", headers={"X-Store": "arcadia"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    problem = answer.json()
    assert (problem["code"], problem["status"]) == ("BUSY", 503)
    assert "Nothing was changed." in problem["title"]


@pytest.mark.parametrize(
    ("path", "kind"), [(ORDERS, "text/html"), ("/api/v1/orders", "application/json")]
)
def test_what_stops_before_any_page_is_said_as_well(
    browser, monkeypatch, caplog, path, kind
):
    """Who is at the door is the first question to a pool that is empty."""
    if kind == "text/html":
        monkeypatch.setattr(middleware.cross_tenant, "find_member", raises)
    else:
        monkeypatch.setattr(session_store.SessionStore, "_get_session_from_db", raises)

    answer = browser.get(path, headers={"X-Store": "arcadia"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"].startswith(kind)
    assert "BUSY" in answer.content.decode()


def test_a_crash_stays_a_crash(browser, monkeypatch):
    def broken(**_more: Any) -> Any:
        raise ValueError("broken")

    monkeypatch.setattr(middleware.cross_tenant, "find_member", broken)

    answer = browser.get(ORDERS)

    assert answer.status_code == 500
    assert "Retry-After" not in answer


def test_a_callback_is_told_to_come_again(in_arcadia, monkeypatch):
    """A gateway repeats what was answered with 503."""
    method = make_gateway_method()
    monkeypatch.setattr(callbacks.cross_tenant, "find_method_owner", raises)

    answer = Client(raise_request_exception=False).post(
        f"/api/v1/callbacks/tripay/{method.public_id}/",
        b"{}",
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["code"]) == (503, "BUSY")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Money and codes are safe"), ("id", "aman")]
)
def test_discord_reads_it_with_its_code_and_no_error_is_logged(language, words, caplog):
    heard: list[str] = []

    async def send(text: str, *, ephemeral: bool) -> None:
        heard.append(text)

    press: Any = SimpleNamespace(
        locale=language,
        extras={"acknowledged": True},
        data={"custom_id": "v1:buy:1:2"},
        response=SimpleNamespace(is_done=lambda: True),
        followup=SimpleNamespace(send=send),
    )
    asyncio.run(refuse(press, lock_error(), found={}))

    [said] = heard
    assert words in said
    assert "`BUSY`" in said
    assert "Nothing was changed" not in said  # a press has several steps
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_every_refusal_of_this_kind_says_how_things_stand():
    for refusal in (Busy, TooSlow):
        assert "Nothing was changed" in str(refusal.default)
        assert "safe" in str(refusal.cautious)
        assert issubclass(refusal, DomainError)
        assert refusal.retry_secs > 0


# --- Jobs -----------------------------------------------------------------------------


def test_a_row_that_is_held_does_not_end_the_sweep(in_arcadia, superuser, caplog):
    rows = [make_product(name=f"row {number}") for number in range(3)]
    due = [(in_arcadia.pk, row.pk) for row in rows]
    done = []

    def work(row_id: int) -> None:
        rename(Product.objects.get(pk=row_id))
        done.append(row_id)

    with locked(superuser, rows[1]):
        sweep(due, work, what="Row")

    assert done == [rows[0].pk, rows[2].pk]
    [line] = caplog.records
    assert (line.levelname, line.getMessage()) == (
        "WARNING",
        f"Row {rows[1].pk} was stopped: BUSY",
    )


def test_a_lost_database_still_ends_the_sweep(in_arcadia):
    def work(_row_id: int) -> None:
        raise OperationalError("the server went away")

    with pytest.raises(OperationalError):
        sweep([(in_arcadia.pk, 1)], work, what="Row")


def test_a_job_that_was_stopped_is_left_to_its_sweeper(in_arcadia, caplog):
    job = tenant_job("tests.stopped")(raises)

    job(tenant_id=in_arcadia.pk, order_id=5)

    [line] = caplog.records
    assert line.levelname == "WARNING"
    assert line.getMessage() == "tests.stopped was stopped (BUSY): {'order_id': 5}"


def test_a_job_that_fails_otherwise_fails(in_arcadia):
    def broken() -> None:
        raise IntegrityError("x")

    job = tenant_job("tests.broken")(broken)

    with pytest.raises(IntegrityError):
        job(tenant_id=in_arcadia.pk)


def test_the_middleware_leaves_other_errors_to_django():
    found = RefusalMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/")

    assert found.process_exception(request, ValueError("x")) is None
