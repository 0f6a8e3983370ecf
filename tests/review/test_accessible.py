"""No page has a fault that axe-core finds: light and dark, on a phone and on a desk."""

from pathlib import Path

import pytest

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page):
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", RULES)
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]


DESK, PHONE = (1280, 900), (360, 740)


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        ("light", DESK),
        ("dark", PHONE),
        pytest.param("light", PHONE, marks=pytest.mark.long),
        pytest.param("dark", DESK, marks=pytest.mark.long),
    ],
)
def test_nothing_is_found(browser, address, theme, size):
    context = browser.new_context(
        color_scheme=theme, viewport={"width": size[0], "height": size[1]}, base_url=address, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("")
    page.click("[data-day='2026-03-05']")
    page.click("text=As a table")
    assert faults(page) == []
    page.goto("session?id=1")
    page.wait_for_selector("#trace canvas")
    page.click("text=Seen but not counted")
    page.check("[aria-label='Repetition 2 of set 1']")
    page.click("#reject")
    page.wait_for_selector("text=Rejected: it does not count.")
    page.click("#add >> text=/^Add$/")
    assert faults(page) == []
    page.goto("session?id=2")
    page.wait_for_selector("#trace canvas")
    assert faults(page) == []
    context.close()


def test_a_fault_would_be_found(browser):
    page = browser.new_page()
    page.set_content("<main><h1>A page</h1><img src='data:,'></main>")
    assert "image-alt" in [name for name, _ in faults(page)]
    page.close()
