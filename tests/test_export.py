"""Exports, read by others: Garmin's SDK, models of FHIR, the official BIDS validator, Arrow, a CSV reader."""

import csv
import gc
import io
import itertools
import json
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle
from garmin_fit_sdk import Decoder, Stream

from sensortrack.cli import main
from sensortrack.cli.bar import with_bar
from sensortrack.cli.export import item
from sensortrack.cli.stored import StoredRecording
from sensortrack.store.store import Store

EXERCISES = ("donkey-kick", "hip-flexor-stretch", "thomas-test", "repetitions")


def invoke(*arguments, exit_code=0):
    done = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    return done


def recorded(path, seeds):
    """Record varied sessions, and edit some."""
    for number, (seed, exercise) in enumerate(itertools.product(seeds, EXERCISES)):
        side = [[], ["--side", "left"], ["--side", "right"]][number % 3]
        note = ["--note", '=HYPERLINK("http://x")\n<script>\t"quoted"'] if number % 2 else []
        command = ["record", exercise, "--sensor", "simulated", "--plain", "--quiet", "--speed", "1000", "--seed", seed]
        invoke(*command, *side, *note, "--db", path)
        if exercise == "donkey-kick":
            invoke(
                "edit",
                "last",
                "--reject",
                "1.1",
                "--add",
                "0:01-0:03.5",
                "--pain-before",
                3,
                "--effort",
                0,
                "--db",
                path,
            )
    return path


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("export") / "a.db", [1])


@pytest.fixture(scope="module")
def twenty(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("export") / "twenty.db", range(5))


def export(db, form, path, *more):
    invoke("export", "--since", "2020-01-01", "--format", form, "-o", path, "--db", db, *more)
    return path


def shown(db):
    with Store(db) as store:
        numbers = [session.id for session in store.sessions()]
    return [json.loads(invoke("show", number, "--format", "json", "--db", db).stdout) for number in numbers]


def test_csv_holds_every_repetition_and_hold(db):
    text = invoke("export", "--since", "2020-01-01", "--db", db).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    reps = [rep for each in shown(db) for one in each["sets"] for rep in one["reps"]]
    told = [row for row in rows if row["kind"] == "repetition"]
    assert [(float(r["start_s"]), float(r["hold_s"]), float(r["rom_deg"]), r["form"].split()) for r in told] == [
        (r["start_s"], r["hold_s"], r["rom_deg"], r["form"]) for r in reps
    ]
    holds = [hold for each in shown(db) for hold in each["holds"]]
    told = [row for row in rows if row["kind"] == "hold"]
    assert [(float(r["start_s"]), float(r["duration_s"]), float(r["angle_deg"])) for r in told] == [
        (h["start_s"], h["duration_s"], h["angle_deg"]) for h in holds
    ]
    assert [row["edited"] for row in rows if row["edited"]].count("rejected") == 1
    assert sum(row["edited"] in ("added", "accepted") for row in rows) == 1


def test_json_is_the_contract_and_samples_come_back(db):
    document = json.loads(invoke("export", 1, "--format", "json", "--raw", "--db", db).stdout)
    summary = shown(db)[0]
    assert {key: document[key] for key in summary} == summary
    with Store(db) as store:
        blocks = list(StoredRecording(store, store.session("1")).blocks)
    assert document["samples"]["time_s"] == np.concatenate([block.time_s for block in blocks]).tolist()
    assert document["samples"]["gyr_rad_s"] == np.concatenate([block.gyr for block in blocks]).tolist()
    assert [each["kind"] for each in document["session"]["corrections"]] == ["reject", "add", "set", "set"]
    both = json.loads(invoke("export", 1, 2, "--format", "json", "--db", db).stdout)
    assert [each["exercise"] for each in both] == ["donkey-kick", "hip-flexor-stretch"]


def test_parquet_samples_and_rows(db, tmp_path):
    path = tmp_path / "raw.parquet"
    invoke("export", 1, "--format", "parquet", "--raw", "-o", path, "--db", db)
    table = pq.read_table(path)
    with Store(db) as store:
        blocks = list(StoredRecording(store, store.session("1")).blocks)
    np.testing.assert_array_equal(table["acc_y_m_s2"], np.concatenate([block.acc[:, 1] for block in blocks]))
    about = json.loads(table.schema.metadata[b"sensortrack"])
    assert about["sets"] == shown(db)[0]["sets"]
    rows = pq.read_table(export(db, "parquet", tmp_path / "rows.parquet")).to_pylist()
    assert sum(row["kind"] == "repetition" for row in rows) == sum(
        len(one["reps"]) for each in shown(db) for one in each["sets"]
    )


def check_fit(path, summary):
    messages, errors = Decoder(Stream.from_file(str(path))).read()
    assert errors == []
    sets = messages.get("set_mesgs", [])
    told = [one["repetitions"] for one in sets if "repetitions" in one]
    assert told == [len(one["reps"]) for one in summary["sets"]]
    for one, expected in zip((s for s in sets if "repetitions" in s), summary["sets"], strict=True):
        known = [rep for rep in expected["reps"] if "added" not in rep["reasons"]]
        assert one["duration"] == pytest.approx(expected["end_s"] - expected["start_s"], abs=1e-3)
        if known:
            told_s = np.atleast_1d(one["developer_fields"][3])  # an array of one value is read as a number
            assert told_s == pytest.approx([rep["hold_s"] for rep in known], abs=1e-4)
            assert one["developer_fields"][1] == pytest.approx(np.median([rep["rom_deg"] for rep in known]), abs=1e-3)
    holds = [one for one in sets if one.get("category") == "warm_up"]
    assert [h["duration"] for h in holds] == pytest.approx([h["duration_s"] for h in summary["holds"]], abs=2e-3)
    names = {each["field_name"] for each in messages["field_description_mesgs"]}
    assert {"hold_median", "rom_median", "side"} <= names


def check_fhir(path, summaries):
    bundle = Bundle.model_validate_json(path.read_text(encoding="utf-8"))
    resources = [entry.resource for entry in bundle.entry]
    kinds = [each.get_resource_type() for each in resources]
    assert kinds.count("Patient") == 1
    assert kinds.count("Procedure") == len(summaries)
    patient = resources[kinds.index("Patient")]
    assert patient.name is None
    observations = [each for each in resources if each.get_resource_type() == "Observation"]
    sets = [each for each in observations if each.code.coding[0].code == "set"]
    counts = [float(component.valueQuantity.value) for each in sets for component in each.component[:1]]
    assert counts == [len(one["reps"]) for each in summaries for one in each["sets"]]
    assert {"final", "amended"} >= {each.status for each in observations}
    assert len({entry.fullUrl for entry in bundle.entry}) == len(bundle.entry)


def check_bids(folder):
    validator = Path(sys.executable).with_name("bids-validator-deno")
    done = subprocess.run([validator, "--json", str(folder)], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["issues"]["issues"]
    errors = [issue for issue in found if issue["severity"] == "error"]
    assert errors == [], done.stdout[:3000]
    assert done.returncode == 0


@pytest.mark.parametrize("fixture", ["db", pytest.param("twenty", marks=pytest.mark.long)])
def test_others_read_it_without_an_error(fixture, request, tmp_path):
    store = request.getfixturevalue(fixture)
    summaries = shown(store)
    folder = export(store, "fit", tmp_path / "fit")
    files = sorted(folder.iterdir())
    assert len(files) == len(summaries)
    for number, summary in enumerate(summaries, start=1):
        invoke("export", number, "--format", "fit", "-o", tmp_path / f"{number}.fit", "--db", store)
        check_fit(tmp_path / f"{number}.fit", summary)
    assert {path.read_bytes() for path in files} == {path.read_bytes() for path in tmp_path.glob("*.fit")}
    check_fhir(export(store, "fhir", tmp_path / "a.json"), summaries)
    check_bids(export(store, "bids", tmp_path / "bids"))


def test_fit_and_fhir_tell_that_a_hold_was_taken_back(db, tmp_path):
    number = EXERCISES.index("hip-flexor-stretch") + 1
    for edited in (False, True):
        if edited:
            invoke("edit", number, "--reject", "1", "--db", db)
        file = tmp_path / f"{edited}.fit"
        invoke("export", number, "--format", "fit", "-o", file, "--db", db)
        messages, errors = Decoder(Stream.from_file(str(file))).read()
        assert errors == []
        assert messages["session_mesgs"][0].get("developer_fields", {}).get(7) == ("edited" if edited else None)
        bundle = json.loads(invoke("export", number, "--format", "fhir", "--db", db).stdout)
        notes = [note["text"] for entry in bundle["entry"] for note in entry["resource"].get("note", [])]
        assert ("Edited by the person: 1 correction." in notes) == edited
        check_bids(export(db, "bids", tmp_path / f"bids-{edited}"))
    invoke("edit", number, "--undo", "--db", db)


def test_exported_twice_it_is_the_same(db, tmp_path):
    for form in ("json", "fhir", "csv"):
        first = export(db, form, tmp_path / f"1.{form}")
        assert first.read_bytes() == export(db, form, tmp_path / f"2.{form}").read_bytes()


def test_many_sessions_are_written_one_after_the_other(db, tmp_path, monkeypatch):
    alive = []

    def counted(*arguments):
        made = item(*arguments)
        gc.collect()
        alive.append(sum(each() is not None for each in seen))
        seen.append(weakref.ref(made))
        return made

    seen: list = []
    monkeypatch.setattr("sensortrack.cli.export.item", counted)
    for form in ("csv", "json", "fhir", "bids", "fit"):
        export(db, form, tmp_path / form)
        assert len(seen) == len(EXERCISES)
        assert max(alive) <= 1  # the one before
        seen.clear()
        alive.clear()


def test_any_note_comes_through_fhir(db):
    note = 'a\u2028b\u0085c\x0bd "e" 😀'
    invoke("edit", 1, "--note", note, "--db", db)
    bundle = json.loads(invoke("export", 1, "--format", "fhir", "--db", db).stdout)
    assert note in [each["text"] for entry in bundle["entry"] for each in entry["resource"].get("note", [])]
    invoke("edit", 1, "--undo", "--db", db)


def test_a_bar_is_shown_on_a_terminal_that_waits(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    now = iter(range(100))
    monkeypatch.setattr("sensortrack.cli.bar.time.monotonic", lambda: next(now))
    assert list(with_bar("export", "abcd", lambda done: done / 4)) == list("abcd")
    assert "export" in capsys.readouterr().err


def test_a_name_only_when_it_is_told(db):
    assert "name" not in json.loads(invoke("export", 1, "--format", "fhir", "--db", db).stdout)["entry"][0]["resource"]
    named = json.loads(invoke("export", 1, "--format", "fhir", "--name", "Ada L", "--db", db).stdout)
    assert named["entry"][0]["resource"]["name"] == [{"text": "Ada L"}]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--format", "fit", "1"], 2, "needs --output"),
        (["--format", "csv", "--raw", "1"], 2, "--raw goes with json and parquet"),
        ([], 2, "tell which sessions"),
        (["1", "--since", "2020-01-01"], 2, "tell which sessions"),
        (["--person", "nobody"], 1, "no such session"),
        (["99"], 1, "there is no session '99'"),
        (["1", "-o", "no-such-folder/a.csv"], 1, "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_sentence(db, arguments, exit_code, words):
    done = invoke("export", *arguments, "--db", db, exit_code=exit_code)
    assert words in " ".join(done.stderr.split())


def test_files_are_not_overwritten_and_nothing_is_half_written(db, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("mine")
    done = invoke("export", 1, "-o", path, "--db", db, exit_code=1)
    assert "--force" in done.stderr
    assert path.read_text() == "mine"
    invoke("export", 1, "-o", path, "--db", db, "--force")
    assert path.read_text().startswith("session,")
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
