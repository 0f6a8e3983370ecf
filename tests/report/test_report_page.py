"""The report in a real browser: one page on paper, nothing runs, nothing is asked for, also for who cannot see it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from sensortrack.model.exercises import load_exercise
from sensortrack.review.period_report import period_report
from sensortrack.review.session_report import session_report
from tests.report.drawn import NO_TRACE, START, item, trace

WORDS = "The hip felt stiff in the morning, better after the second set; the left knee clicked twice. " * 20
CORRECTIONS = [{"kind": "reject", "start_s": 5.0 * i, "end_s": 5.0 * i + 3} for i in range(30)]
LARGE = {
    "person": "Maximiliane von Hohenberg-Schwarzenfels " * 3, "note": WORDS, "sensor": "Movesense " * 20,
    "corrections": CORRECTIONS, "pain_before": 7, "pain_after": 4, "effort": 10, "gaps": 12, "state": "interrupted",
}  # fmt: skip


def session(exercise="donkey-kick", *, others=6, **about):
    this = item(exercise, day=20, number=99, **about)
    size = {name: about[name] for name in ("sets", "reps", "many") if name in about}
    before = [
        item(exercise, day=day, number=day + 1, side=side, seed=day, **size)
        for day in range(20 - others, 20)
        for side in ("left", "right")
    ]
    return session_report(this, before, trace(this))


def month(days=28, exercises=("donkey-kick", "hip-flexor-stretch", "thomas-test", "repetitions"), **about):
    items = [
        item(exercise, day=day, number=1 + day, seed=day, side=side, **about)
        for day in range(days)
        for exercise in exercises
        for side in ("left", "right")
        if exercise != "thomas-test" or day % 7 == 0
    ]
    first = START.date()
    return period_report(items, first, first + timedelta(days=days - 1))


def own(number):
    """An exercise of the person's own, with a long title."""
    title = f"{number}. Prone hip extension with the knee bent over the edge of a firm bed"
    return replace(load_exercise("repetitions"), name=f"own-{number}", title=title)


def years():
    """Four sessions a day for five years: a point for each would be megabytes."""
    items = [
        item(
            exercise,
            day=day,
            number=day,
            seed=day,
            side=side,
            reps=1,
            sets=1,
            many=1,
            pain_before=day % 11,
            note="as before",
        )
        for day in range(5 * 365)
        for exercise in ("donkey-kick", "hip-flexor-stretch")
        for side in ("left", "right")
    ]
    return period_report(items, START.date(), START.date() + timedelta(days=5 * 365))


def day_long():
    """A recording that was forgotten: a day of steps that are not counted, repetitions between them, and gaps."""
    return session(sets=300, reps=5, others=2, gaps=5000)


def many_exercises():
    items = [
        item("repetitions", loaded=own(number), number=number, day=day, side=side, seed=day, **LARGE)
        for number in range(12)
        for day in range(0, 400, 40)
        for side in ("left", "right")
    ]
    return period_report(items, START.date(), START.date() + timedelta(days=500))


REPORTS = {
    "session": session,
    "three sets": lambda: session(sets=3, reps=12, **{**LARGE, "note": WORDS[:100]}),
    "six sets of twenty": lambda: session(sets=6, reps=20, others=15, **LARGE),
    "fifteen sets of twenty": lambda: session(sets=15, reps=20, others=15, **LARGE),
    "stretch": lambda: session("hip-flexor-stretch", **LARGE),
    "many holds": lambda: session("hip-flexor-stretch", many=40, **LARGE),
    "thomas": lambda: session("thomas-test", **LARGE),
    "first session, nothing found": lambda: session_report(item(sets=0), [], NO_TRACE),
    "month": month,
    "a year and a half of twelve exercises": many_exercises,
    "a recording of a day": day_long,
    "years": years,
    "a day": lambda: period_report([item()], START.date(), START.date()),
    "month of two exercises": lambda: month(exercises=("donkey-kick", "hip-flexor-stretch"), **LARGE),
    "year": lambda: month(days=365, exercises=("donkey-kick",), reps=3, **LARGE),
}


def opened(browser, path, work, **context):
    """Open a file in a page of its own, do something with it, give what that gives."""

    async def run(chromium):
        page = await chromium.new_page(**context)
        try:
            await page.goto(path.as_uri())
            return await work(page)
        finally:
            await page.close()

    return browser.run(run)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


MARGIN = dict.fromkeys(("top", "bottom", "left", "right"), "10mm")
WIDE = 'body { font-family: "DejaVu Sans", Verdana, sans-serif !important; }'
LOOK = """() => {
    const all = what => [...document.querySelectorAll(what)];
    const ids = all("[id]").map(e => e.id);
    return {
        h1: all("h1").length,
        unnamed: all("svg.chart").filter(svg => svg.getAttribute("aria-labelledby").split(" ")
            .some(id => !document.getElementById(id)?.textContent)).length,
        twice: ids.filter((id, place) => ids.indexOf(id) != place),
        headless: all("td").filter(td => !td.closest("table").querySelector("th[scope=col]")
            || !td.parentElement.querySelector("th[scope=row]")).length,
        language: document.documentElement.lang,
    };
}"""


LONG = ("years", "fifteen sets of twenty")  # their short forms are a year and six sets


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in REPORTS]
)
def test_one_page_on_paper_and_as_wide_as_the_screen(browser, tmp_path, name):
    path = tmp_path / "report.html"
    text = REPORTS[name]()
    path.write_text(text, encoding="utf-8")

    async def look(page):
        over = []
        for width in (320, 390, 1200):
            await page.set_viewport_size({"width": width, "height": 800})
            over.append(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        seen = await page.evaluate(LOOK)
        prints = [await page.pdf(format=form, margin=MARGIN) for form in ("A4", "Letter")]
        await page.add_style_tag(content=WIDE)  # whoever lacks the usual letters has wider ones
        prints.append(await page.pdf(format="Letter", margin=MARGIN))
        return over, seen, [pages(pdf) for pdf in prints]

    over, seen, printed = opened(browser, path, look)
    assert max(over) <= 0
    assert seen == {"h1": 1, "unnamed": 0, "twice": [], "headless": 0, "language": "en"}
    assert printed == [1, 1, 1]
    assert len(text.encode()) < 1_000_000
    assert "http" not in text
    assert not re.search(r"(src|href)\s*=|@import|url\((?!#)", text)


def test_two_pages_would_be_seen(browser, tmp_path):
    path = tmp_path / "long.html"
    path.write_text("<p>a</p>" * 200)

    async def printed(page):
        return pages(await page.pdf(format="A4", margin=MARGIN))

    assert opened(browser, path, printed) > 1


HOSTILE = [
    "</style></title></textarea><script>window.ran=1</script>",
    '"><img src=x onerror="window.ran=1"><svg onload=window.ran=1>',
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe><base href=//127.0.0.1:9>",
    "javascript:window.ran=1 ]]> --> <!-- <style>*{background:url(//127.0.0.1:9/x)}</style>",
    "\x00\x0b\ud7ff\ufffe\u202e<a href='//127.0.0.1:9'>x</a>{{ran}}${ran}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_every_free_field_does_nothing(browser, tmp_path, text):
    loaded = replace(load_exercise("donkey-kick"), name=text, title=text, description=text)
    correction = {"kind": "set", "field": text, "value": text}
    about = {
        "loaded": loaded, "note": text, "person": text, "sensor": text, "origin": text, "placement": text,
        "zone": text, "uid": text, "corrections": [correction],
    }  # fmt: skip
    this = item(day=9, **about)
    texts = [
        session_report(this, [item(day=3, **about)], trace(this)),
        period_report([this, item(day=3, **about)], START.date(), START.date() + timedelta(days=20)),
    ]
    for number, written in enumerate(texts):
        path = tmp_path / f"{number}.html"
        path.write_text(written, encoding="utf-8")
        asked = []

        async def look(page, asked=asked, path=path):
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(path.as_uri())
            await page.wait_for_timeout(50)
            shown = await page.inner_text("body")
            kinds = await page.evaluate("[...new Set([...document.querySelectorAll('*')].map(e => e.localName))]")
            return await page.evaluate("window.ran"), shown, set(kinds)

        ran, shown, kinds = opened(browser, path, look)
        assert ran is None
        assert asked == [path.as_uri()]
        assert not kinds & {"script", "img", "iframe", "a", "base", "link", "object", "form"}
        assert "127.0.0.1:9" in shown or "window.ran=1" in shown


def test_text_is_always_text(browser, tmp_path):
    """The policy holds even if markup got through: it is tried with a script put into the finished file."""
    path = tmp_path / "a.html"
    path.write_text(
        session().replace("</main>", "</main><script>window.ran=1</script><img src=x onerror=window.ran=1>")
    )

    async def look(page):
        await page.wait_for_timeout(50)
        return await page.evaluate("window.ran")

    assert opened(browser, path, look) is None


def test_paper_is_white_whatever_the_screen(browser, tmp_path):
    path = tmp_path / "a.html"
    path.write_text(session(), encoding="utf-8")

    async def colours(page):
        seen = "getComputedStyle(document.documentElement).backgroundColor"
        found = [await page.evaluate(seen)]
        await page.emulate_media(media="print", color_scheme="dark")
        return [*found, await page.evaluate(seen)]

    assert opened(browser, path, colours, color_scheme="dark") == ["rgb(20, 23, 26)", "rgb(255, 255, 255)"]
    assert opened(browser, path, colours, color_scheme="light")[0] == "rgb(255, 255, 255)"
