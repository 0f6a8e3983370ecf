"""What tests of several folders share."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import settings

PATIENCE_S = 120.0

settings.register_profile("any machine", deadline=None)  # what is right may be slow
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give long tests an hour each."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(3600))


class Chromium:
    """A real Chromium in a thread of its own.

    Playwright keeps an event loop running in the thread that uses it; in the main thread it would forbid `asyncio.run`
    to every other test.

    Parameters
    ----------
    path
        The program.
    patience_s
        How long anything may take.
    """

    def __init__(self, path: str, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chromium", daemon=True)
        self._thread.start()
        self._playwright: Any = None
        self._browser: Any = None
        self.do(lambda: self._launch(path))

    def run(self, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        """Call `work` with the browser (playwright's async API) and give what it returns."""
        return self.do(lambda: work(self._browser))

    def do(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run something in the browser's thread."""
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(self._patience_s)

    def close(self) -> None:
        """End it."""
        self.do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(self._patience_s)
        self._loop.close()

    async def _launch(self, path: str) -> None:
        from playwright.async_api import async_playwright

        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox", "--ignore-certificate-errors", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-first-run",
            ],
        )  # fmt: skip

    async def _end(self) -> None:
        await self._browser.close()
        await self._playwright.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """A Chromium for all tests; where there is none they are left out, on CI they fail."""
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )
    if not path:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: install it (apt-get install chromium)")
        pytest.skip("needs a chromium")
    chromium = Chromium(path)
    yield chromium
    chromium.close()
