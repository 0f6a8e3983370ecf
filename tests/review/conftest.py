import os
from collections.abc import Iterator
from shutil import which
from typing import Any

import pytest

from tests.review.served import fill, served


@pytest.fixture(scope="module")  # no longer: while playwright runs, nothing else in this thread can call asyncio.run
def browser() -> Iterator[Any]:
    """Give a real Chromium, the system's; where there is none tests are skipped, but not in CI."""
    program = which("chromium") or which("chromium-browser") or which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("pages are tested in a real Chromium: install it, as 'apt install chromium' does")
        pytest.skip("no Chromium is installed here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "a.db"
    fill(path)
    return path


@pytest.fixture
def address(db) -> Iterator[str]:
    with served(db) as found:
        yield found


@pytest.fixture
def page(browser, address):
    """Give an empty page; whatever breaks in it, or is asked of anybody else, breaks the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    shown = context.new_page()
    shown.set_default_timeout(10_000)
    wrong: list[str] = []
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("dialog", lambda dialog: wrong.append(dialog.message))
    shown.on("console", lambda told: wrong.append(told.text) if "Content Security" in told.text else None)
    shown.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith((address, "data:")) else None)
    yield shown
    context.close()
    assert wrong == []
