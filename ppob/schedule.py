"""When beat asks for which job."""

from datetime import timedelta
from typing import Any

from celery.schedules import schedule


def _every(task: str, secs: int) -> dict[str, Any]:
    # A run that waited longer than its own interval has been overtaken by the next.
    return {
        "task": task,
        "schedule": schedule(timedelta(seconds=secs)),
        "options": {"expires": max(secs, 5)},
    }


BEAT_SCHEDULE = {
    "expire orders": _every("payments.expire_orders", 5),
    "sweep inbox": _every("payments.sweep_inbox", 5),
    "try keys of ways to pay": _every("payments.try_keys", 60),
    "try keys of suppliers": _every("inventory.try_keys", 60),
    "sweep deliveries": _every("payments.sweep_deliveries", 5),
    "poll payments": _every("payments.poll_payments", 20),
    "expire deposits": _every("payments.expire_deposits", 15),
    "refund overdue orders": _every("payments.refund_overdue", 60),
    "release unique amounts": _every("payments.release_amounts", 3600),
    "release holds": _every("inventory.release_expired_holds", 15),
    "check stock alerts": _every("inventory.sweep_alerts", 30),
    "delete upload drafts": _every("inventory.delete_drafts", 60),
    "delete named accounts": _every("inventory.delete_checks", 3600),
    "delete old price changes": _every("inventory.delete_price_changes", 3600),
    "end questions about bills": _every("inventory.end_inquiries", 600),
    "index codes": _every("inventory.index_codes", 60),
    # Suppliers give a list once in five minutes or so.
    "sync suppliers' prices": _every("inventory.sync_all_prices", 600),
    "give late top-ups back": _every("payments.give_back_late", 30),
    "read deposits": _every("inventory.read_all_deposits", 120),
    "probe suppliers": _every("inventory.probe_suppliers", 5),
    # Readings do the same; this is for deposits that a supplier does not tell.
    "look at deposits": _every("inventory.sweep_deposits", 300),
    "sweep purchases": _every("inventory.sweep_purchases", 5),
    "sweep supplier inbox": _every("inventory.sweep_supplier_inbox", 5),
    "close tickets": _every("bot.close_finished_tickets", 15),
    "release outbox": _every("bot.sweep_outbox", 15),
    "delete error reports": _every("bot.delete_errors", 3600),
    "prove health": _every("tenants.prove_health", 300),
    "seal audit": _every("security.seal_audit", 10),
    "publish audit heads": _every("security.publish_audit_heads", 3600),
    "forget ended sessions": _every("security.forget_ended", 3600),
}
