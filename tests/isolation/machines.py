"""Jobs and commands: what runs without anybody asking, and what staff types."""

from collections.abc import Callable
from io import StringIO
from typing import Any

from celery import current_app
from django.core.management import CommandError, call_command, get_commands
from django.utils.module_loading import import_string

from payments.services.incoming import callbacks
from ppob.kit.errors import DomainError
from ppob.kit.scope import NoTenantScope, no_tenant_scope
from security.models import InboxEvent
from tests.conftest import NOON
from tests.isolation import canary
from tests.isolation.calls import ABSENT_NUMBER
from tests.isolation.doors import key_of, tripay_headers, tripay_news
from tests.isolation.report import Report
from tests.isolation.watch import Watch
from tests.isolation.world import Side, World, row_like

OUR_APPS = ("ppob", "security", "tenants", "catalog", "inventory", "payments", "bot")

# --- Jobs of one store: the arguments of a valid call, beside the store ---------------

JOBS: dict[str, Callable[[Side], dict[str, int]]] = {}


def job(name: str) -> Callable[[Callable[[Side], dict[str, int]]], Any]:
    """Register a valid call of a job that belongs to one store."""

    def register(builder: Callable[[Side], dict[str, int]]) -> Any:
        JOBS[name] = builder
        return builder

    return register


# Jobs that look through all stores by their nature. They work on each row in its own
# store's scope, so the matrix looks for words of one store in the rows of the other.
SWEEPERS = {
    "bot.close_finished_tickets",
    "bot.delete_errors",
    "bot.sweep_outbox",
    "inventory.delete_checks",
    "inventory.delete_drafts",
    "inventory.delete_price_changes",
    "inventory.end_inquiries",
    "inventory.index_codes",
    "inventory.probe_suppliers",
    "inventory.read_all_deposits",
    "inventory.release_expired_holds",
    "inventory.sweep_alerts",
    "inventory.sweep_deposits",
    "inventory.sweep_purchases",
    "inventory.sweep_supplier_inbox",
    "inventory.sync_all_prices",
    "inventory.try_keys",
    "payments.expire_deposits",
    "payments.expire_orders",
    "payments.give_back_late",
    "payments.poll_payments",
    "payments.refund_overdue",
    "payments.release_amounts",
    "payments.sweep_deliveries",
    "payments.sweep_inbox",
    "payments.try_keys",
    "security.publish_audit_heads",
    "security.forget_ended",
    "security.seal_audit",
    "tenants.prove_health",
}


@job("payments.process_callback")
def _callback(side: Side) -> dict[str, int]:
    body = tripay_news(side.bill())
    event: InboxEvent = callbacks.receive(
        gateway="tripay",
        method_id=side.gateway.public_id,
        headers=tripay_headers(body, key_of(side)),
        body=body,
        now=NOON,
    )
    return {"event_id": event.pk}


@job("payments.deliver_order")
def _delivery(side: Side) -> dict[str, int]:
    return {"order_id": side.paid().pk}


@job("payments.check_payment")
def _check(side: Side) -> dict[str, int]:
    return {"payment_id": side.bill().pk}


@job("inventory.check_alert")
def _alert(side: Side) -> dict[str, int]:
    return {"product_id": side.product().pk}


@job("inventory.advance_attempt")
def _attempt(side: Side) -> dict[str, int]:
    purchase = row_like(side, "inventory.Purchase")
    attempt = row_like(side, "inventory.PurchaseAttempt", purchase_id=purchase.pk)
    return {"attempt_id": attempt.pk}


@job("inventory.ask_bill_again")
def _renewal(side: Side) -> dict[str, int]:
    return {"purchase_id": row_like(side, "inventory.Purchase").pk}


@job("inventory.process_supplier_callback")
def _supplier_news(side: Side) -> dict[str, int]:
    event = InboxEvent.objects.create(
        source="supplier:digiflazz",
        target=side.supplier.public_id,
        event_key=f"{side.word}-news",
        body=b"x",
        received_at=NOON,
        due_at=NOON,
    )
    return {"event_id": event.pk}


@job("inventory.sync_prices")
@job("inventory.sync_bills")
@job("inventory.read_deposit")
@job("inventory.probe_supplier")
@job("inventory.check_deposit")
def _prices(side: Side) -> dict[str, int]:
    return {"account_id": side.supplier.pk}


def job_names() -> set[str]:
    """Every task of the product."""
    current_app.loader.import_default_modules()
    foreign = ("celery.", "tests.")
    return {name for name in current_app.tasks if not name.startswith(foreign)}


class Machines:
    """Runs jobs and commands and looks at what became of the other store."""

    def __init__(self, world: World, watch: Watch, report: Report, prints: Any) -> None:
        self.world, self.watch, self.report = world, watch, report
        self.prints: canary.Fingerprints = prints

    def check_job(
        self, name: str, ours: dict[str, int], theirs: dict[str, int]
    ) -> None:
        """A job of our store with a row of theirs is like one with no row at all."""
        task, tenant = current_app.tasks[name], self.world.ours.tenant.pk
        absent = dict.fromkeys(ours, ABSENT_NUMBER)
        wanted = self._outcome(task, tenant_id=tenant, **absent)
        self.watch.take()
        for argument, value in theirs.items():
            cell = f"job {name} with their {argument}"
            sent = ours | {argument: value} if len(ours) > 1 else {argument: value}
            found = self._guarded(cell, name, task, tenant_id=tenant, **sent)
            self.report.expect(cell, found, wanted, "the outcome")
        self._guarded(f"job {name} of ours", name, task, tenant_id=tenant, **ours)
        self._check_scopes(name, task, ours)

    def _check_scopes(self, name: str, task: Any, ours: dict[str, int]) -> None:
        """Nobody may forget whose the job is."""
        for cell, work in (
            (f"job {name} without a store", task),
            (f"job {name} outside its scope", task.__wrapped__),
        ):
            self.report.count("jobs", name)
            outcome = self._outcome(work, **ours)
            self.report.expect(
                cell, outcome in ("TypeError", "NoTenantScope"), True, outcome
            )

    def check_sweeper(self, name: str) -> None:
        """Both stores' rows are due: each is worked on in its own scope."""
        self.watch.take()
        self._outcome(current_app.tasks[name])
        self.report.count("jobs", name)
        out = self.watch.take()
        if canary.SECRET in out:
            self.report.fail(f"job {name}", "a secret left it")

    def _guarded(self, cell: str, name: str, work: Any, **arguments: int) -> str:
        theirs = self.world.theirs
        before = self.prints.take(theirs.tenant.pk)
        self.watch.take()
        outcome = self._outcome(work, **arguments)
        self.report.count("jobs", name)
        if theirs.tenant.pk in self.watch.tenants():
            self.report.fail(cell, "it starts work for the other store")
        out = self.watch.take() + outcome
        if theirs.word in out or canary.SECRET in out:
            self.report.fail(cell, "words of the other store leave it")
        touched = canary.changed(before, self.prints.take(theirs.tenant.pk))
        self.report.expect(cell, touched, [], "what changed in the other store")
        return outcome

    @staticmethod
    def _outcome(work: Any, **arguments: int) -> str:
        try:
            with no_tenant_scope():
                work(**arguments)
        except (DomainError, NoTenantScope, TypeError) as error:
            return type(error).__name__
        except Exception as error:  # whatever it is, it must be the same for both
            return f"{type(error).__name__}: {error}"
        return "done"

    # --- Commands ---------------------------------------------------------------------

    def check_command(self, name: str, options: dict[str, Any]) -> None:
        """Inside our store it shows and changes nothing of theirs."""
        theirs = self.world.theirs
        before = self.prints.take(theirs.tenant.pk)
        self.watch.take()
        out = StringIO()
        with no_tenant_scope():
            call_command(name, store=self.world.ours.tenant.slug, stdout=out, **options)
        self.report.count("commands", name)
        if theirs.word in out.getvalue() + self.watch.take():
            self.report.fail(f"command {name}", "it shows words of the other store")
        touched = canary.changed(before, self.prints.take(theirs.tenant.pk))
        self.report.expect(f"command {name}", touched, [], "what changed in theirs")
        try:
            call_command(name, store="atlantis", stdout=out, **options)
        except CommandError:
            return
        self.report.fail(f"command {name}", "it works for a store that does not exist")


# Commands of one store (`--store`), with the other options of a valid call.
STORE_COMMANDS: dict[str, dict[str, Any]] = {
    "seed_catalog": {"dry_run": False},
    "show_catalog": {},
}
# Commands about the whole installation: only its staff has a shell.
STAFF_COMMANDS = {
    "audit_heads": "heads of every chain, numbers and hashes only",
    "reset_second_factor": "an account's own second step; it names no store",
    "index_codes": "gives every store's older codes their index: numbers only",
    "migrate": "changes the schema",
    "rotate_keys": "seals every store's secrets again and shows none",
    "runbot": "serves stores; with --tenant-id one of them, see the bot's cells",
    "runsimulator": "a Discord and gateways of this machine",
    "seed_demo": "opens the two demo stores",
    "sync_prices": "reads every store's price lists: names of accounts, counts, lines",
    "up": "starts the processes",
    "verify": "rules of all stores or of one: names, counts and row ids",
}


def command_names() -> set[str]:
    """Every command of the product."""
    return {name for name, app in get_commands().items() if app in OUR_APPS}


def takes_a_store(name: str) -> bool:
    """Whether the command works inside one store."""
    command = import_string(
        f"{get_commands()[name]}.management.commands.{name}.Command"
    )
    parser = command().create_parser("manage.py", name)
    return any("--store" in action.option_strings for action in parser._actions)


def later() -> Any:
    """Long after everything was due."""
    return NOON.replace(year=NOON.year + 1)
