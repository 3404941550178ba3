"""Log lines lose whatever looks like a credential, whoever wrote them."""

import logging

import pytest

from ppob.kit.redaction import RedactingFilter, redact

TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"logging in with {TOKEN}", "logging in with ***"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ("authorization: Bot abcdef123456", "authorization: Bot ***"),
        ("{'api_key': 'DEV-abcdef'}", "{'api_key': '***'}"),
        ('{"private_key": "abcdef-123"}', '{"private_key": "***"}'),
        ("GET /x?token=abcdef123&page=2", "GET /x?token=***&page=2"),
        ("client_secret=abcdefgh", "client_secret=***"),
        ("password: hunter2hunter2", "password: ***"),
        ("api-key = abcdef123;", "api-key = ***;"),
    ],
)
def test_a_credential_is_replaced_by_stars(line, shown):
    assert redact(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "Order K7F-3QX was delivered in 12 ms",
        "https://tripay.co.id/api/merchant/transactions",
        "token: short",
        "192.168.178.123.456 is no token",
        "",
    ],
)
def test_ordinary_lines_stay_as_they_are(line):
    assert redact(line) == line


def test_a_log_record_is_redacted_with_its_arguments(caplog):
    logger = logging.getLogger("tests.redaction")
    redacting = RedactingFilter()
    logger.addFilter(redacting)
    try:
        logger.error("cannot use %s for %s", TOKEN, "shop")
        logger.error("plain %d", 5)
    finally:
        logger.removeFilter(redacting)

    assert [record.getMessage() for record in caplog.records] == [
        "cannot use *** for shop",
        "plain 5",
    ]
