"""What several test folders share."""

import os
from collections.abc import Iterator
from shutil import which
from typing import Any

import pytest


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
