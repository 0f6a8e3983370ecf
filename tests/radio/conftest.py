import asyncio

import pytest
from bleak.backends.adapter import BaseBleakAdapter

from tests.radio.backend import Adapter, BumbleClient, BumbleScanner
from tests.radio.clock import JumpingLoop


@pytest.fixture(autouse=True)
def _bumble_under_bleak(monkeypatch):
    monkeypatch.setattr("bleak.get_platform_client_backend_type", lambda: (BumbleClient, "bumble"))
    monkeypatch.setattr("bleak.get_platform_adapter_backend_type", lambda: (BaseBleakAdapter, "none"))
    monkeypatch.setattr("bleak.get_platform_scanner_backend_type", lambda: (BumbleScanner, "bumble"))
    yield
    Adapter.reset(None)


@pytest.fixture
def run():
    """Run one test's coroutine in a loop of its own, with a limit; what breaks in a callback breaks the test.

    Time is the loop's own and nothing waits for it, unless a test needs the world outside: ``in_real_time``.
    """

    def limited(coroutine, limit_s=60.0, *, in_real_time=False):
        broken = []

        async def within():
            asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
            async with asyncio.timeout(limit_s):
                return await coroutine

        with asyncio.Runner(loop_factory=None if in_real_time else JumpingLoop) as runner:
            result = runner.run(within())
        assert not broken
        return result

    return limited
