"""The pages say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensortrack.cli import COMMANDS, main
from sensortrack.cli.wording import REASONS
from sensortrack.signal.timeline import BREAK_S, GAP_S, RESTART_S
from sensortrack.store.store import Store

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "recordings" / "README.md"]
PAGES += sorted((ROOT / "firmware_notes").rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_real(page: Path) -> None:
    """In every line that a reader may copy, the command and its options exist."""
    for block in re.findall(r"```\w+\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
        for command, rest in re.findall(r"\bsensortrack ([a-z]+)\b(.*)", block):
            assert command in COMMANDS
            shown = CliRunner().invoke(main, [command, "--help"]).stdout
            for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest.partition("&&")[0]):
                assert option in shown, option


def test_every_reason_is_explained() -> None:
    page = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
    assert {word for word in REASONS if f"| `{word}` |" not in page} == set()


def test_gaps_are_those_of_the_timeline() -> None:
    page = (ROOT / "docs" / "frames.md").read_text(encoding="utf-8")
    for seconds in (GAP_S, RESTART_S, BREAK_S):
        assert f"more than {seconds:g} s" in page


def test_the_readme_shows_what_is_printed() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = page.partition("```console\n$ sensortrack ")[2].partition("```")[0]
    command, _, printed = shown.partition("\n")
    name, source, *options = command.split()
    done = CliRunner().invoke(main, [name, str(ROOT / source), *options], env={"COLUMNS": "100"})
    assert "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines()) == printed


def test_what_a_default_cites_is_on_the_page_of_sources() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    notes = page.partition("## clinical.md")[2].partition("## ")[0]
    rows = re.findall(r"^\| ([0-9a-z, ]+) \|", notes, flags=re.MULTILINE)
    told = {section for row in rows for section in row.split(", ")}
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "sensortrack" / "model").rglob("*.toml")]
    cited = {section for text in texts for section in re.findall(r"clinical\.md section ([0-9][a-z]?)", text)}
    assert {"4d", "5"} <= cited <= told


def test_changes_name_every_command() -> None:
    page = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    named = {
        word for words in re.findall(r"`([^`]+)`", page) for word in words.removeprefix("sensortrack ").split()[:1]
    }
    assert set(COMMANDS) - named == set()


def test_queries_of_the_store_s_page_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, flags=re.DOTALL)
    assert len(queries) > 3
    with Store(tmp_path / "a.db") as store:
        for query in queries:
            store.db.execute(query).fetchall()


def test_every_table_of_the_store_is_explained(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    with Store(tmp_path / "a.db") as store:
        names = [name for name in (*store.db.table_names(), *store.db.view_names()) if not name.startswith("_")]
    missing = {"newest_event"}  # for programs: the fold of the event log
    assert {name for name in names if f"`{name}`" not in page} == missing
