"""`sensortrack edit`: correct a stored session; every change can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensortrack.model.events import Hold, Movement, ThomasAngle
    from sensortrack.model.summary import EventLog
    from sensortrack.store.edits import Edit
    from sensortrack.store.session import Session
    from sensortrack.store.store import Store

_Found: TypeAlias = "Movement | Hold | ThomasAngle"
_WORN = {"placement", "side"}  # what the analysis goes by; of the side only at the thigh's outside
_SAID = 3  # changes that are said one by one
_SCORE = click.IntRange(0, 10)


@click.command(epilog="Example: sensortrack edit last --reject 2.3 --pain-after 2")
@click.argument("session", default="last")
@click.option("--accept", multiple=True, metavar="WHICH", help="Count this after all.")
@click.option("--reject", multiple=True, metavar="WHICH", help="Do not count this one.")
@click.option("--add", multiple=True, metavar="START-END", help="Count a repetition that was not seen, as 1:02-1:05.5.")
@click.option("--side", type=click.Choice(["left", "right"]), help="Which leg it was.")
@click.option("--placement", type=click.Choice(["front", "outside", "back"]), help="Where on the thigh.")
@click.option("--note", help="A few words; an empty note removes it.")
@click.option("--pain-before", type=_SCORE, help="Pain before, 0 to 10.")
@click.option("--pain-after", type=_SCORE, help="Pain after, 0 to 10.")
@click.option("--effort", type=_SCORE, help="How hard it was, 0 to 10.")
@click.option("--undo", is_flag=True, help="Take the newest change back.")
@click.option("--list", "as_list", is_flag=True, help="List all changes.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def edit(session: str, undo: bool, as_list: bool, db: str | None, **changes: Any) -> None:
    """Correct a stored SESSION (its number, or last): what counts, which leg, how it felt.

    WHICH is a repetition as SET.NUMBER (2.3: the third of the second set), a hold or a trial by its number, or any of
    them by its start time, as 'show' prints it (0:34.2). What was recorded and found stays as it is.
    """
    from sensortrack.cli.stored import open_store

    with open_store(db, must_exist=True) as store:
        found = store.session(session)
        wanted = {name: value for name, value in changes.items() if value not in (None, ())}
        if not (wanted or undo or as_list):
            raise click.UsageError("tell what to change; see 'sensortrack edit --help'.", click.get_current_context())
        _change(store, found, wanted)
        if undo:
            _undo(store, store.session(str(found.id)))
        if as_list:
            _list(store, found)


def _change(store: Store, session: Session, wanted: dict[str, Any]) -> None:
    from sensortrack.cli.wording import count_words
    from sensortrack.store.analyses import accepted_exercise, results
    from sensortrack.store.edits import edits, judge, set_field

    log = results(store, session)
    judged = [(kind, *_meant(log, text)) for kind in ("accept", "reject") for text in wanted.pop(kind, ())]
    if wanted.get("add") and accepted_exercise(store, session)[0].detector != "repetitions":
        raise click.UsageError(
            "only a repetition can be added: the angle of a hold or a trial that was not seen is not known; "
            f"tell it with: sensortrack log {session.exercise}",
            click.get_current_context(),
        )
    judged += [("add", *_span(text, session.duration_s)) for text in wanted.pop("add", ())]
    with store.db.atomic():
        for kind, start_s, end_s in judged:
            judge(store, session.id, kind, start_s, end_s)
        for field, value in wanted.items():
            set_field(store, session.id, field, value)
    if count := len(judged) + len(wanted):
        done = edits(store, session.id)[-count:]
        told = "; ".join(map(_words, done)) if count <= _SAID else count_words(count, "change")
        what = "it" if count == 1 else "the newest"
        click.echo(
            f"Session {session.id}: {told}. Take {what} back with: sensortrack edit {session.id} --undo", err=True
        )
    if wanted.keys() & _WORN:
        _counted_again(store, session)


def _counted_again(store: Store, session: Session) -> None:
    """Analyse the session as it was worn, where that is told otherwise than before."""
    from sensortrack.cli.reanalyze import again

    now = store.session(str(session.id))
    if now.placement != session.placement or (now.placement == "outside" and now.side != session.side):
        click.echo("Counting again, as it was worn:", err=True)
        again(store, now, err=True)


def _meant(log: EventLog, text: str) -> tuple[float, float]:
    """Find a repetition by set and number, a hold or trial by number, or any of them by its start."""
    set_text, dot, number = text.partition(".")
    others: list[_Found] = [*log.holds, *log.trials]
    noun = _noun(log)
    if dot and noun == "movement" and ":" not in text and set_text.isdigit() and number.isdigit():
        fellows = [m for m in log.movements if m.set_id == int(set_text) - 1 and m.verdict.counts]
        return _numbered(fellows, int(number), f"repetition {text}")
    if text.isdigit() and noun != "movement":
        return _numbered(others, int(text), f"{noun} {text}")
    at_s = _seconds(text)
    every: list[_Found] = [*log.movements, *others, *log.taken_back]
    near = min(every, key=lambda one: abs(one.start_s - at_s), default=None)
    if near is None or abs(near.start_s - at_s) > 1.0:
        raise click.UsageError(
            f"no {noun} begins at {text}; 'sensortrack show' lists them"
            + (", and --add counts one that was not seen." if noun == "movement" else "."),
            click.get_current_context(),
        )
    return near.start_s, near.end_s


def _noun(log: EventLog) -> str:
    """Name what the session is made of."""
    other = next((each for each in (*log.holds, *log.trials, *log.taken_back)), None)
    return {"Hold": "hold", "ThomasAngle": "trial"}.get(type(other).__name__, "movement")


def _numbered(found: Sequence[_Found], number: int, name: str) -> tuple[float, float]:
    if not 1 <= number <= len(found):
        raise click.UsageError(f"there is no {name}; 'sensortrack show' lists them.", click.get_current_context())
    return found[number - 1].start_s, found[number - 1].end_s


def _span(text: str, duration_s: float) -> tuple[float, float]:
    first, dash, last = text.partition("-")
    start_s, end_s = _seconds(first), _seconds(last) if dash else -1.0
    if not 0 <= start_s < end_s <= duration_s + 1:
        raise click.UsageError(
            f"expected START-END inside the session, as 1:02-1:05.5, found '{text}'.", click.get_current_context()
        )
    return start_s, end_s


def _seconds(text: str) -> float:
    """Read seconds, or minutes:seconds."""
    minutes, colon, seconds = text.strip().rpartition(":")
    try:
        value = (int(minutes) * 60 if colon else 0) + float(seconds)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e7:
        raise click.UsageError(f"expected a time such as 1:02.5, found '{text}'.", click.get_current_context())
    return value


def _undo(store: Store, session: Session) -> None:
    from sensortrack.store.edits import undo

    last = undo(store, session.id)
    if last is None:
        raise click.ClickException(f"there is nothing to undo in session {session.id}.")
    click.echo(f"Taken back: {_words(last)}", err=True)
    if last.field in _WORN:
        _counted_again(store, session)


def _list(store: Store, session: Session) -> None:
    from sensortrack.store.edits import edits

    for each in edits(store, session.id):
        undone = " (undone)" if each.is_undone else ""
        click.echo(f"{each.made_at}  {_words(each)}{undone}")


def _words(edit: Edit) -> str:
    from sensortrack.cli.wording import clock_words

    if edit.kind == "set":
        return f"{(edit.field or '').replace('_', ' ')} = {edit.new_value}"
    return f"{edit.kind} {clock_words(edit.start_s or 0.0)} to {clock_words(edit.end_s or 0.0)}"
