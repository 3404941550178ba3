"""The checkout page in a real browser, and the simulator as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from payments.gateways import base
from payments.gateways.tripay.adapter import TripayGateway
from payments.gateways.tripay.simulator import world
from payments.simulator.client import GatewayControl
from payments.simulator.server import make_app
from ppob.local.simulators.serving import serving
from tests.providers import config_of

PHONE = {"width": 320, "height": 640}


def charge(address, *, mins=30):
    config = config_of(
        base_url=f"{address}{world.API_PATH}",
        merchant_code=world.TOKO_DEWI.code,
        api_key=world.TOKO_DEWI.api_key,
        private_key=world.TOKO_DEWI.private_key,
    )
    request = base.ChargeRequest(
        reference="PPOB-1",
        channel="qris",
        amount=19_500,
        expires_at=datetime.now(UTC) + timedelta(minutes=mins),
        description="86 Diamonds",
        customer_name="ayu",
        customer_email="no-reply@toko.example",
        callback_url="",
        return_url="https://toko.example/pesanan/1",
    )
    return TripayGateway(config).create_charge(request)


@pytest.fixture
def address(tmp_path):
    with serving(lambda: make_app(folder=tmp_path)) as found:
        yield found


@pytest.fixture
def page():
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        opened = browser.new_page(viewport=PHONE)
        complaints = []
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
        assert complaints == []


@pytest.mark.browser
def test_a_buyer_pays_on_a_phone(address, page):
    page.goto(charge(address).page_url)
    expect(page.get_by_role("heading", name="Rp 19.500")).to_be_visible()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"29:\d\d"))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_role("button", name="Bayar sekarang").click()

    expect(page.get_by_role("heading", name="Pembayaran berhasil")).to_be_visible()
    expect(page.get_by_role("button", name="Bayar terlambat")).to_be_disabled()
    back = page.get_by_role("link", name="Kembali ke toko")
    assert back.get_attribute("href") == "https://toko.example/pesanan/1"


@pytest.mark.browser
def test_a_wrong_amount_is_named_on_the_page(address, page):
    page.goto(charge(address).page_url)

    page.get_by_label("Nominal (Rp)").fill("1500")
    page.get_by_role("button", name="Nominal salah").click()

    expect(page.get_by_text("Rp 1.500 diterima TOKO DEWI")).to_be_visible()
    expect(page.get_by_text("berbeda dari tagihan Rp 19.500")).to_be_visible()


@pytest.mark.browser
def test_the_page_shows_by_itself_that_the_time_is_over(address, page):
    made = charge(address)
    page.goto(made.page_url)
    expect(page.get_by_role("button", name="Bayar sekarang")).to_be_visible()

    GatewayControl(address).expire(made.gateway_reference)

    expect(page.get_by_role("heading", name="Waktu pembayaran habis")).to_be_visible()
    page.get_by_role("button", name="Bayar terlambat").click()
    expect(page.get_by_role("heading", name="Pembayaran berhasil")).to_be_visible()


def start(folder, port):
    command = [sys.executable, "-m", "payments.simulator"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--folder", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise TimeoutError("The simulator did not start.")


@pytest.mark.processes
def test_a_killed_simulator_remembers_everything(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = start(tmp_path, port)
    try:
        made = charge(address)
        GatewayControl(address).pay(made.gateway_reference)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

        process = start(tmp_path, port)

        found = GatewayControl(address).get(made.gateway_reference)
        assert (found["state"], found["amount"]) == ("PAID", 19_500)
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
