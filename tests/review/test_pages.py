"""The review pages in a real browser: by mouse and by keyboard."""

import json
import re
import subprocess
import sys
from datetime import date

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from sensortrack.cli import main
from sensortrack.store.analyses import results
from sensortrack.store.corrections import edited
from sensortrack.store.edits import edits
from sensortrack.store.self_reports import SelfReport, add
from sensortrack.store.store import Store
from tests.review.served import served


def opened(page, path=""):
    page.goto(path)
    page.wait_for_selector("#content:not([hidden])")
    if "session" in path:
        page.wait_for_selector("#trace canvas")
    return page


def movements(db, number=1):
    with Store(db) as store:
        return {m.start_s: edited(m) or m.verdict.value for m in results(store, store.session(str(number))).movements}


def tab_to(page, wanted, limit=60):
    """Go on by the Tab key until an element that fits has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"the Tab key does not reach {wanted}")


def focused(page):
    return page.evaluate("document.activeElement.id")


# The calendar


def test_calendar_list_and_a_day(page):
    opened(page)
    assert page.inner_text("#month") == "March 2026"
    assert page.inner_text("#sum") == "3 sessions on 2 days · 6 repetitions · 37 s held"
    assert page.locator("#sessions li").count() == 3
    page.click("[aria-label='5 March, 2 sessions']")
    assert page.inner_text("#listed") == "Thursday 5 March"
    assert page.locator("#sessions li").count() == 2
    page.click("#whole")
    page.click("#sessions li:last-child a")
    page.wait_for_selector("#trace canvas")
    assert page.inner_text("h1") == "Donkey kick"
    page.click("#calendar")
    page.wait_for_selector("#sessions li")


def test_calendar_by_keyboard_alone(page):
    opened(page)
    tab_to(page, "[data-day='2026-03-05']")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.day") == "2026-03-05"
    assert page.locator("#sessions li").count() == 2
    tab_to(page, "#sessions a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#trace canvas")
    assert page.inner_text("h1") == "Thomas test"


def test_a_hold_is_rejected_and_accepted_by_keyboard(page, db):
    with Store(db) as store:
        number = next(each.id for each in store.sessions() if each.exercise == "hip-flexor-stretch")
    opened(page, f"session?id={number}")
    before = page.locator("#movements tbody tr").count()
    page.get_by_role("button", name="Reject what begins at 0:10.0").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken back by hand: 1")).to_be_visible()
    expect(page.locator("#movements caption").first).to_have_text(f"{before - 1} hold{'' if before == 2 else 's'}")
    expect(page.locator("#keys")).to_contain_text("not counted")
    with Store(db) as store:
        log = results(store, store.session(str(number)))
    assert (len(log.holds), [each.start_s for each in log.taken_back]) == (before - 1, [10.0])
    expect(page.get_by_role("button", name="Accept what begins at 0:10.0")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken back by hand: 1")).to_have_count(0)


def test_filters_and_trends(page):
    opened(page)
    page.select_option("#exercise", label="Half-kneeling hip-flexor stretch")
    assert page.locator("#sessions li").count() == 1
    expect(page.locator("#measure option")).to_have_text(
        [f"Half-kneeling hip-flexor stretch: {words}" for words in ("time held in a session", "angle while holding")]
    )
    page.select_option("#exercise", "")
    page.select_option("#measure", label="Thomas test: thigh against the horizontal")
    assert "left −5°" in page.inner_text("#trend-words")
    expect(page.locator("#trend-change")).to_have_text("Left: One session is no trend.")
    page.click("text=As a table")
    assert page.inner_text("#trend-table tbody") == "5 Mar 2026\t−5°"
    page.reload()
    page.wait_for_selector("#sessions li")


def test_what_was_told_stands_apart(page, db):
    note = "<img src=x onerror=alert(1)>"
    with Store(db) as store:
        add(store, [SelfReport("donkey-kick", None, date(2026, 3, 5), 2, 10, note=note)], "UTC", "me")
    opened(page)
    assert "1 by own account" in page.inner_text("#sum")
    day = page.locator("[data-day='2026-03-05']")
    assert day.get_attribute("aria-label") == "5 March, 2 sessions, 1 by own account"
    day.click()
    told = page.locator("#sessions .own")
    assert told.inner_text().split("\n") == ["Thu 5", "Donkey kick", "2 × 10, by own account", note]
    assert page.locator("#sessions a").count() == 2
    assert "by own account, not measured" in page.inner_text("#legend")


def test_what_was_prescribed_is_told(page, db):
    page.goto("session?id=1")
    page.wait_for_selector("#trace canvas")
    assert "Prescribed: 2 sets of 10, held 1 s or longer" in page.inner_text("#about")


def test_months_are_turned(page, db):
    with Store(db) as store:
        store.db.execute("UPDATE session SET started_at = '2025-12-31T23:30:00.000Z' WHERE id = 1")
        store.db.conn.commit()
    opened(page)
    for _ in range(2):
        page.click("#before")
    assert page.inner_text("#month") == "January 2026"  # in Berlin it was New Year's Day
    assert page.is_disabled("#before")
    assert page.locator("#sessions li").count() == 1


@pytest.mark.parametrize(
    "query", ["?month=2026-99&day=x", "?day=<b>", "?month=1&person=x&exercise=x", "?month=0000-01"]
)
def test_any_address_of_the_calendar_opens(page, query):
    opened(page, query)
    assert page.inner_text("#month")


def test_an_empty_store(browser, tmp_path):
    with served(tmp_path / "empty.db") as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#problem:not(:empty)")
        assert "no sessions yet" in page.inner_text("#problem")
        page.close()


# A session


def test_a_click_on_the_trace_shows_the_repetition(page):
    opened(page, "session?id=1")
    box = page.locator("#trace .u-over").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 12.0 / 60.0, box["y"] + 60)
    assert page.inner_text("#chosen-heading") == "Repetition 2 of set 1"
    assert page.inner_text(".phases").split("\n") == ["Lift", "1.0 s", "Hold", "1.5 s", "Lowering", "1.5 s"]
    facts = page.inner_text(".facts").replace("\n", " ")
    assert "Counted" in facts
    assert "Short hold; fast lift" in facts
    assert page.input_value("#time") == "10"  # the replay begins there
    assert "70°" in facts
    page.click("#chosen-after")
    assert page.inner_text("#chosen-heading") == "Repetition 3 of set 1"
    assert page.is_checked("[aria-label='Repetition 3 of set 1']")


def test_numbers_are_those_of_export(page, db):
    exported = json.loads(CliRunner().invoke(main, ["export", "1", "--format", "json", "--db", str(db)]).stdout)
    told = json.loads(page.request.get("api/sessions/1").text())
    text = json.dumps(exported)
    for each in told["movements"]:
        assert f'"start_s": {each["start_s"]}' in text
        assert f'"rom_deg": {each["rom_deg"]}' in text


def test_accept_reject_and_undo(page, db):
    opened(page, "session?id=1")
    page.check("[aria-label='Repetition 1 of set 1']")
    page.click("#reject")
    page.wait_for_selector("text=Rejected: it does not count.")
    assert movements(db)[5.0] == "rejected"
    assert page.inner_text("#chosen-heading") == "Movement at 0:05.0, not counted"
    page.check("[aria-label='Movement at 0:30.0, not counted']")
    assert "the thigh went forwards" in page.inner_text(".facts")
    page.click("#accept")
    page.wait_for_selector("text=Accepted: it counts.")
    assert movements(db)[30.0] == "accepted"
    assert page.locator("#edits li").all_inner_texts() == ["Accepted 0:30.0 to 0:34.0", "Rejected 0:05.0 to 0:09.0"]
    for left in (1, 0):
        page.click("#undo")
        expect(page.locator("#edits s")).to_have_count(2 - left)
    assert page.is_disabled("#undo")
    assert movements(db)[5.0] == "counted"
    shown = json.loads(CliRunner().invoke(main, ["show", "1", "--format", "json", "--db", str(db)]).stdout)
    assert [len(each["reps"]) for each in shown["sets"]] == [4, 2]


def test_a_double_click_is_one_change(page, db):
    opened(page, "session?id=1")
    page.check("[aria-label='Repetition 1 of set 1']")
    page.fill("#note", "half a sent")
    page.dblclick("#reject")
    page.wait_for_selector("text=Rejected: it does not count.")
    page.click("#undo")
    page.wait_for_selector("text=The newest change is taken back.")
    assert page.is_disabled("#undo")
    assert page.input_value("#note") == "half a sent"  # what is being typed stays


def test_a_repetition_by_keyboard_alone(page, db):
    opened(page, "session?id=1")
    tab_to(page, "[type=radio]")
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.inner_text("#chosen-heading") == "Repetition 3 of set 1"
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if focused(page) == "reject":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Rejected: it does not count.")
    assert movements(db)[15.0] == "rejected"
    assert focused(page) == "accept"  # the keyboard is where it was
    tab_to(page, "#undo")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The newest change is taken back.")
    assert movements(db)[15.0] == "counted"
    assert focused(page) == "edits-heading"


def test_a_repetition_is_added(page, db):
    opened(page, "session?id=1")
    for start, end, problem in (
        ("soon", "0:40", "Expected times"),
        ("0:40", "0:39", "ends before it begins"),
        ("0:40", "9:00", "The session ends at 1:00.0"),
    ):
        page.fill("#add-start", start)
        page.fill("#add-end", end)
        page.click("#add >> text=/^Add$/")
        assert problem in page.inner_text("#add-problem")
    assert edit_kinds(db) == []
    page.fill("#add-start", "0:36")
    page.fill("#add-end", "39,5")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Added a repetition at 0:36.0.")
    assert movements(db)[36.0] == "added"
    assert page.input_value("#add-start") == ""
    assert "its phases were not measured" in page.inner_text("#chosen")


def edit_kinds(db):
    with Store(db) as store:
        return [each.kind for each in edits(store, 1)]


def test_the_replay_s_time_is_taken(page):
    opened(page, "session?id=1")
    page.focus("#time")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.click("#add-start-here")
    assert page.input_value("#add-start") == "0:00.3"


def test_what_the_person_tells(page, db):
    opened(page, "session?id=1")
    page.select_option("#side", "right")
    page.select_option("#pain_before", "4")
    page.fill("#note", "Better\nthan <b>last</b> week")
    page.click("text=Save")
    page.wait_for_selector("text=Saved.")
    with Store(db) as store:
        session = store.session("1")
        assert (session.side, session.pain_before, session.note) == ("right", 4, "Better\nthan <b>last</b> week")
    assert edit_kinds(db) == ["set", "set", "set"]
    assert "right leg" in page.inner_text("#about")
    page.click("text=Save")  # nothing is new
    page.select_option("#pain_before", "")
    page.click("text=Save")
    page.wait_for_selector("#edits >> text=Pain before: none")
    assert edit_kinds(db) == ["set"] * 4
    for undone in range(1, 5):
        page.click("#undo")
        expect(page.locator("#edits s")).to_have_count(undone)
    expect(page.locator("#side")).to_have_value("left")
    assert page.input_value("#note") == "Stiff today"


def test_zoom_by_button_key_and_mouse(page):
    opened(page, "session?id=1")
    assert page.inner_text("#span") == ""
    with page.expect_response(re.compile("angle")):
        page.click("#closer")
    assert page.inner_text("#span") == "0:15.0 to 0:45.0"
    page.focus("#trace")
    for key, span in (
        ("ArrowRight", "0:22.5 to 0:52.5"), ("+", "0:30.0 to 0:45.0"), ("Home", "0:00.0 to 0:15.0"),
        ("End", "0:45.0 to 1:00.0"), ("-", "0:30.0 to 1:00.0"), ("0", ""),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert page.inner_text("#span") == span
    box = page.locator("#trace .u-over").bounding_box()
    with page.expect_response(re.compile("angle")):
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 50, steps=4)
        page.mouse.up()
    assert re.fullmatch(r"0:1[45]\.\d to 0:(29|30)\.\d", page.inner_text("#span"))
    assert page.inner_text("#chosen-heading") == "Choose a repetition"  # a drag is no click
    page.mouse.dblclick(box["x"] + 100, box["y"] + 50)
    assert page.inner_text("#span") == ""


def test_replay_moves_cursor_and_leg(page):
    opened(page, "session?id=1")
    page.check("[aria-label='Repetition 1 of set 1']")
    expect(page.locator("#leg-words")).to_have_text("0:05.0, 1°")
    page.select_option("#speed", "4")
    page.click("#play")
    expect(page.locator("#thigh")).to_have_attribute("transform", re.compile(r"rotate\(-[67]\d"))
    page.click("#play")
    assert page.inner_text("#play") == "Play"
    time_s = float(page.input_value("#time"))
    assert 5.0 < time_s < 60.0
    assert page.evaluate("document.querySelector('.cursor').style.transform") != ""
    page.focus("#time")
    page.keyboard.press("End")
    expect(page.locator("#time")).to_have_attribute("aria-valuetext", re.compile("^1:00.0"))
    page.keyboard.press("Home")
    expect(page.locator("#leg-words")).to_have_text("0:00.0, 0°")


def test_the_view_follows_the_replay(page):
    opened(page, "session?id=1")
    page.click("#closer")
    page.evaluate("const t = document.getElementById('time'); t.value = 50; t.dispatchEvent(new Event('input'))")
    assert page.inner_text("#span").startswith("0:30.0")


def test_a_session_that_is_being_recorded(page, db):
    from tests.review.served import beginning
    from tests.store.test_store import packets

    with Store(db) as store:
        recorder = store.record(beginning(identity="other"))
        for packet in packets():
            recorder.add(packet)
        page.goto(f"session?id={recorder.session_id}")
        page.wait_for_selector("#content:not([hidden])")
        assert "Being recorded just now" in page.inner_text("#about")
        page.wait_for_selector("#no-angle:not([hidden])")
        assert page.request.post(
            f"api/sessions/{recorder.session_id}/judge", data={"kind": "add", "start_s": 0, "end_s": 0.5}
        ).json() == {"error": "recording"}
        recorder.finish()
        assert recorder.trouble is None


def test_an_answer_that_fails_is_told(page, db):
    opened(page, "session?id=1")
    with Store(db) as store:
        store.db.execute("DELETE FROM session WHERE id = 1")
        store.db.conn.commit()
    page.check("[aria-label='Repetition 1 of set 1']")
    page.click("#reject")
    page.wait_for_selector("text=This session is not in the database.")
    page.goto("session?id=77")
    page.wait_for_selector("text=This session is not in the database.")
    page.goto("session?id=../sessions")
    page.wait_for_selector("text=This session is not in the database.")


def test_many_repetitions_come_in_pages(page, db):
    from tests.review.served import keep, kick

    with Store(db) as store:
        number = keep(store, 9, [kick(i, 0.1 * i, set_id=i // 10) for i in range(560)])
    opened(page, f"session?id={number}")
    assert page.locator("[type=radio]").count() == 150
    page.click("text=Later sets")
    assert page.evaluate("document.activeElement.type") == "radio"
    assert page.locator("caption").first.inner_text() == "Set 16: 10 repetitions"
    page.check("[aria-label='Repetition 1 of set 16']")
    page.click("#chosen-before")
    assert page.inner_text("#chosen-heading") == "Repetition 10 of set 15"
    assert page.is_checked("[aria-label='Repetition 10 of set 15']")


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_is_wider_than_a_phone(browser, address, width):
    page = browser.new_page(viewport={"width": width, "height": 700}, base_url=address)
    for path in ("", "session?id=1", "session?id=2", "session?id=3"):
        opened(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_finger_moves_and_zooms(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 740}, base_url=address, has_touch=True)
    page = opened(context.new_page(), "session?id=1")
    page.locator("#trace").scroll_into_view_if_needed()
    box = page.locator("#trace .u-over").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 12.0 / 60.0, box["y"] + 60)
    assert page.inner_text("#chosen-heading") == "Repetition 2 of set 1"
    client = context.new_cdp_session(page)
    box = page.locator("#trace .u-over").bounding_box()  # what was chosen has come into sight
    y = box["y"] + 80

    def fingers(kind, *xs):
        points = [{"x": box["x"] + box["width"] * x, "y": y, "id": i} for i, x in enumerate(xs)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 0.4, 0.6)
    for step in range(1, 5):
        fingers("touchMove", 0.4 - 0.05 * step, 0.6 + 0.05 * step)
    fingers("touchEnd")
    first, last = (float(each.split(":")[1]) for each in page.inner_text("#span").split(" to "))
    assert 15.0 < last - first < 35.0
    context.close()


def test_a_thomas_test_of_one_trial_has_no_result(page, db):
    from tests.review.served import TRIALS, keep

    with Store(db) as store:
        number = keep(store, 9, TRIALS[:1], "thomas-test")
    opened(page, "session?id=3")
    assert "−5°" in page.inner_text("#tiles")
    assert "cannot see the pelvis" in page.inner_text("#caveat")
    opened(page, f"session?id={number}")
    assert "no result" in page.inner_text("#tiles")
    assert "°" not in page.inner_text("#tiles")
    opened(page)
    assert "1 trial: too few" in page.inner_text("#sessions")


# Hostile text


EVIL = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>\u202e\"'`${7*7}</title>"


def test_hostile_text_stays_text(page, db):
    from dataclasses import replace

    from sensortrack.model.exercises import load_exercise
    from tests.review.served import KICKS, keep, kick

    own = replace(load_exercise("donkey-kick"), name=EVIL, title=EVIL)
    evil_kick = kick(
        9, 55.0, set_id=1, reasons=("<img/src=x/onerror=window.hacked=1>",), form=("<script>window.hacked=1</script>",)
    )
    with Store(db) as store:
        number = keep(
            store, 7, [*KICKS, evil_kick], own=own, person=EVIL, note=EVIL, sensor_name=EVIL, source=EVIL,
            identity="evil",
        )  # fmt: skip
    opened(page)
    assert EVIL in page.inner_text("#sessions") + page.locator("#sessions").evaluate("(list) => list.textContent")
    page.select_option("#person", EVIL)
    opened(page, f"session?id={number}")
    assert page.locator("h1").evaluate("(title) => title.textContent") == EVIL
    page.check("[aria-label='Repetition 3 of set 2']")
    page.fill("#note", f"{EVIL} again")
    page.click("text=Save")
    page.wait_for_selector("text=Saved.")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0


def test_nothing_names_another_place():
    from sensortrack.review.site import _STATIC

    for file in _STATIC.rglob("*"):
        if file.suffix not in (".html", ".js", ".css", ".svg"):
            continue
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        if file.name != "uPlot.iife.min.js":
            assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", text), file.name
            assert not re.search(r"https?://", text), file.name
        assert not re.search(r"<[^>]+\son\w+=|<style|\sstyle=", text) or file.suffix == ".js", file.name


# The command


def test_the_command_prints_its_address_and_ends(db):
    command = [sys.executable, "-m", "sensortrack", "review", "--no-browser", "--db", str(db)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{22}/", address)
        port = address.split(":")[2].split("/")[0]
        taken = subprocess.run([*command, "--port", port], capture_output=True, text=True, check=False, timeout=60)
        assert taken.returncode == 1
        assert f"cannot listen on 127.0.0.1 port {port}" in taken.stderr
        server.send_signal(2)
        assert server.wait(timeout=20) == 0
        assert "Traceback" not in server.stderr.read()


def test_all_addresses_at_once_are_refused(db):
    done = CliRunner().invoke(main, ["review", "--host", "0.0.0.0", "--db", str(db)])
    assert done.exit_code == 2
    assert "expected one address" in done.stderr
