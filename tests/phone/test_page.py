"""The phone's page in a real Chromium whose sensor is moved from here: each ends with its data or a clear word."""

import asyncio
import os
import re
import sys

import numpy as np
import pytest

from sensortrack.cli.session import Session
from sensortrack.cli.stored import StoredRecording
from sensortrack.devices.device import Settings
from sensortrack.devices.phone import SAMPLES, PhoneDecoder, batches
from sensortrack.model.events import AngleTrace
from sensortrack.model.exercises import load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.signal.timeline import GAP_S
from sensortrack.sources.simulator import simulate
from sensortrack.store.store import Store
from tests.phone.handset import TONES, desk, handset


def kicks(seconds: float) -> tuple[RawBlock, int]:
    """Some kicks on all fours at 60 Hz, and how many are over by then."""
    made = simulate("donkey-kick", 5, difficulty="clean", rate_hz=60.0, gyroscope=True, lost_share=0.0,
                    start="all-fours", sets=1, reps=2)  # fmt: skip
    rows = slice(0, int(np.searchsorted(made.time_s, seconds)))
    done = sum(rep["end_s"] < seconds - 1 for each in made.truth["sets"] for rep in each["reps"])
    return RawBlock(made.time_s, made.acc, made.gyr)[rows], done


def all_came(sent: list[float], came: list[float], since_s: float) -> bool:
    """Whether every sample that the browser gave from a time on came here, once and in order."""
    due = [at_s for at_s in sent if since_s <= at_s <= came[-1] + 1e-6]
    return len(due) > 20 and np.allclose(due, [at_s for at_s in came if at_s >= since_s - 1e-6], atol=2e-6)


def shown(browser, tmp_path, work, **more):
    """Run a scenario with a phone before a desk."""

    async def scenario(chromium):
        async with desk(tmp_path) as here, handset(chromium, here.url, **more) as phone:
            found = await work(here, phone)
            assert phone.errors == []
            return found

    return browser.run(scenario)


async def recorded(command, store, work):
    """Run `sensortrack record` beside a scenario that is given its address."""
    environment = {**os.environ, "SENSORTRACK_DB": str(store), "XDG_DATA_HOME": str(store.parent)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sensortrack", "record", *command, "--plain", env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    heard = ""
    while not (found := re.search(r"https://\S+", heard)):
        line = (await process.stderr.readline()).decode()
        assert line, heard
        heard += line
    try:
        await work(found[0])
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, out.decode(), heard + err.decode()


def kicked(browser, tmp_path, seconds: float, cut_s: tuple[float, float]) -> None:
    """With a hole in the network in the middle: spoken, counted, kept, and the replay says the same."""
    block, done = kicks(seconds)

    async def scenario(chromium):
        async def work(url):
            async with handset(chromium, url) as phone:
                await phone.start()
                await phone.until("ready")
                await phone.hold(block.acc[0])
                await phone.page.click("#main")
                await phone.until("running")
                cut = asyncio.create_task(hole(phone, *cut_s))
                await phone.play(block)
                await cut
                await phone.press("#stop")
                await phone.until("ended")
                stamps.extend(await phone.stamps())
                said.extend(text for text, _ in await phone.spoken())

        return await recorded(["donkey-kick", "--sensor", "phone:127.0.0.1"], tmp_path / "a.db", work)

    stamps, said = [], []
    code, out, err = browser.run(scenario)
    assert code == 0, err
    holes = np.diff(stamps)[np.diff(stamps) > GAP_S]  # a browser on a busy computer leaves some out itself
    if not len(holes):
        assert f"{done} repetitions in 1 set" in out
        assert [each for each in said if str(done) in each], said
    assert "Strap the phone to your thigh" in said
    assert "Go on, nothing is lost" in " ".join(said)
    with Store(tmp_path / "a.db") as store:
        session = store.session("last")
        assert (session.origin, session.family, session.state) == ("phone", "phone", "complete")
        packets = [each for each in store.packets(session.id) if each.channel == SAMPLES]
        came = [at_s for each in packets for batch in batches(each.payload) for at_s in batch.stamp_s.tolist()]
        assert all_came(stamps, came, came[0])
        again = Session(load_exercise("donkey-kick"))
        outputs = [o for part in StoredRecording(store, session).blocks for o in again.process(part)]
        outputs += again.finish()
        assert store.live_events(session.id) == [each for each in outputs if not isinstance(each, AngleTrace)]
        lost = [each.end_s - each.start_s for each in again.log.gaps]
        assert len(lost) <= len(holes)
        assert all(np.abs(holes - each).min() < 0.01 for each in lost)


def test_kicks_from_the_phone_to_the_store(browser, tmp_path):
    kicked(browser, tmp_path, 8.0, (1.5, 5.5))


@pytest.mark.long
def test_kicks_while_the_network_is_cut_for_twenty_seconds(browser, tmp_path):
    kicked(browser, tmp_path, 18.0, (1.0, 21.0))


async def hole(phone, begin_s: float, end_s: float) -> None:
    """Cut the network for a while."""
    await asyncio.sleep(begin_s)
    await phone.context.set_offline(True)
    await asyncio.sleep(end_s - begin_s)
    await phone.context.set_offline(False)


def test_pause_and_go_on_from_either_side(browser, tmp_path):
    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.press("#pause")
        await phone.until("paused")
        paused = here.sensor.state
        await phone.idle(0.4)  # what was sampled before still comes
        before = len(here.stamps)
        await phone.idle(0.6)
        while_paused = len(here.stamps) - before
        await phone.press("#pause")
        await phone.until("running")
        here.sensor.pause()
        await phone.until("paused")
        here.sensor.resume()
        await phone.until("running")
        await phone.idle(0.5)
        here.sensor.stop()
        await phone.until("ended")
        return paused, while_paused, len(here.stamps) > before, await phone.words()

    paused, while_paused, goes_on, words = shown(browser, tmp_path, work)
    assert (paused, while_paused, goes_on) == ("paused", 0, True)
    assert "Done" in words


def test_answers_that_are_lost_double_nothing(browser, tmp_path):
    """The computer has the samples and the phone does not know: it sends them again, with newer ones."""

    async def lose(route):
        await route.fetch()
        await route.abort()

    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.idle(0.4)
        await phone.context.route("**/take*", lose)
        await phone.idle(1.0)
        await phone.context.unroute("**/take*")
        await phone.idle(0.8)
        return await phone.stamps(), here.stamps

    stamps, came = shown(browser, tmp_path, work)
    assert all_came(stamps, came, came[0])
    assert (np.diff(came) > 0).all()


def test_a_page_that_is_loaded_again_loses_nothing(browser, tmp_path):
    """Not even what it could not send before."""

    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.idle(0.5)
        await phone.context.route("**/take*", lambda route: route.abort())
        await asyncio.sleep(0.2)
        await phone.idle(1.0)
        before, stamps = here.stamps[-1], await phone.stamps()
        await phone.page.reload()
        await phone.context.unroute("**/take*")
        asked = await phone.words()
        await phone.start()
        await phone.until("running")
        await phone.idle(0.5)
        return before, stamps, here.stamps, asked

    before, stamps, came, asked = shown(browser, tmp_path, work)
    assert "Go on" in asked
    old = [at_s for at_s in came if at_s <= stamps[-1]]
    assert old[-1] - before > 0.7
    assert all_came(stamps, old, old[0])
    assert stamps[-1] - old[-1] < 0.05
    assert came[-1] > stamps[-1] + 0.3
    assert (np.diff(came) > 0).all()


def test_a_page_that_was_hidden_goes_on(browser, tmp_path):
    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.idle(0.5)
        await hide(phone, hidden=True)
        await phone.idle(0.3)
        await hide(phone, hidden=False)
        await phone.idle(0.5)
        found = [batch for each in here.packets if each.channel == SAMPLES for batch in batches(each.payload)]
        stored = await phone.page.evaluate("sessionStorage.length")
        return await phone.stamps(), here.stamps, stored, here.packets[-1].received_s, found

    stamps, came, stored, received_s, found = shown(browser, tmp_path, work)
    assert {batch.run for batch in found} == {found[0].run}
    assert max(abs(batch.offset_s - batch.offset_at_start_s) for batch in found) < 0.05
    assert received_s - 0.5 < found[-1].taken_s[-1] < received_s
    assert all_came(stamps, came, came[0])
    assert stored == 0


async def hide(phone, *, hidden: bool) -> None:
    """Tell the page that another one is in front: with one page, headless Chromium has no other way."""
    await phone.page.evaluate(
        f"Object.defineProperty(document, 'hidden', {{ value: {str(hidden).lower()}, configurable: true }});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )


def test_a_phone_that_slept_begins_a_new_run(browser, tmp_path):
    """Its page's clock stood still for two hours: what comes after is placed when it was taken."""

    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.idle(0.6)
        await phone.page.evaluate("const real = Date.now.bind(Date); Date.now = () => real() + 7_200_000")
        await phone.idle(0.8)
        return [batch for each in here.packets if each.channel == SAMPLES for batch in batches(each.payload)]

    found = shown(browser, tmp_path, work)
    assert len({batch.run for batch in found}) == 2
    taken = np.concatenate([batch.taken_s for batch in found])
    assert np.diff(taken).max() < 0.5
    assert np.abs(taken[-1] - taken[0]) < 5


def test_two_phones(browser, tmp_path):
    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        async with handset(phone.context.browser, here.url) as second:
            await second.start()
            await second.until("wrong")
            words = await second.words()
        await phone.idle(0.3)
        return words, await phone.page.evaluate("document.body.dataset.state")

    words, state = shown(browser, tmp_path, work)
    assert "Another phone is the sensor" in words
    assert state == "running"


def test_a_server_that_was_started_again(browser, tmp_path):
    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.idle(0.3)
        port = int(here.url.split(":")[2].partition("/")[0])
        here.recording.cancel()
        await here.sensor.close()
        async with desk(tmp_path, port) as again:
            await phone.until("wrong")
            return await phone.words(), again.packets

    words, packets = shown(browser, tmp_path, work)
    assert "This recording is over" in words
    assert packets == []


def test_no_sensor(browser, tmp_path):
    async def work(_, phone):
        await phone.page.click("#main")
        await phone.until("wrong")
        return await phone.words()

    assert "No motion sensor" in shown(browser, tmp_path, work, kinds=())


def test_permission_denied(browser, tmp_path):
    async def work(_, phone):
        await phone.page.click("#main")
        await phone.until("wrong")
        return await phone.words()

    denying = "DeviceMotionEvent.requestPermission = async () => 'denied';"
    assert "Motion is not allowed" in shown(browser, tmp_path, work, script=denying)


def test_permission_denied_in_the_settings(browser, tmp_path):
    async def work(_, phone):
        target = (await phone._devtools.send("Target.getTargetInfo"))["targetInfo"]
        chromium = await phone.context.browser.new_browser_cdp_session()
        for name in ("accelerometer", "gyroscope"):
            setting = {"permission": {"name": name}, "setting": "denied"}
            await chromium.send("Browser.setPermission", {**setting, "browserContextId": target["browserContextId"]})
        await phone.page.reload()
        await phone.page.click("#main")
        await phone.until("wrong")
        return await phone.words()

    assert "Motion is not allowed" in shown(browser, tmp_path, work)


def test_not_over_https(browser, tmp_path):
    async def work(_, phone):
        return await phone.words()

    insecure = "Object.defineProperty(window, 'isSecureContext', { value: false });"
    assert "Needs https" in shown(browser, tmp_path, work, script=insecure)


def test_without_a_gyroscope(browser, tmp_path):
    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        await phone.idle(1.0)
        return here.sensor.settings

    settings = shown(browser, tmp_path, work, kinds=("accelerometer", "linear-acceleration"))
    assert not settings.gyroscope
    assert settings.rate_hz == pytest.approx(60, abs=8)


@pytest.mark.parametrize("is_iphone", [False, True])
def test_the_other_sign_is_noticed(browser, tmp_path, is_iphone):
    """An iPhone tells it and is right; a phone that does not tell is laid flat."""

    async def work(here, phone):
        await here.record()
        await phone.start((0.0, -6.0, -7.7))
        if not is_iphone:
            await phone.until("flat")
            lying = asyncio.create_task(phone.idle(60.0, (0.0, 0.0, -9.8)))
            await phone.page.click("#main")
            await phone.until("running")
            lying.cancel()
        await phone.until("running")
        await phone.idle(0.8, (0.0, 0.0, -9.8))
        packet = [each for each in here.packets if each.channel == SAMPLES][-1]
        return PhoneDecoder(Settings()).decode(packet)[-1].acc

    script = "Object.defineProperty(navigator, 'userAgent', { value: 'x iPhone x' });" if is_iphone else ""
    acc = shown(browser, tmp_path, work, script=script)
    np.testing.assert_allclose(acc, [[0.0, 0.0, 9.8]], atol=0.1)


def test_where_there_is_no_speech_it_beeps(browser, tmp_path):
    async def work(here, phone):
        await here.record()
        await phone.start()
        await phone.until("running")
        before = await phone.page.evaluate("window.tones")
        here.sensor.say("done", "3, done")
        await phone.when(f"window.tones > {before}")
        return await phone.words()

    assert "3" in shown(browser, tmp_path, work, script=TONES).split()
