"""`sensortrack reanalyze`: count stored sessions again with this version; the old analysis stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sensortrack.model.exercises import Exercise
    from sensortrack.model.summary import EventLog
    from sensortrack.store.session import Session
    from sensortrack.store.store import Store


@click.command(epilog="Example: sensortrack reanalyze --all --diff")
@click.argument("sessions", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every session.")
@click.option("--exercise", metavar="NAME", help="As another exercise, or the path of its TOML file.")
@click.option("--diff", is_flag=True, help="Show old against new, and ask before it counts.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
def reanalyze(sessions: tuple[str, ...], everything: bool, exercise: str | None, diff: bool, db: str | None) -> None:
    """Analyse stored SESSIONS (numbers, or last) again from their raw packets.

    Corrections stay; so does every old analysis. A session that comes out the same is left as it is.
    """
    from sensortrack.cli.stored import open_store
    from sensortrack.cli.wording import in_words
    from sensortrack.formats.exercise_file import find_exercise

    if bool(sessions) == everything:
        raise click.UsageError("tell which sessions, or --all.", click.get_current_context())
    wanted: Exercise | None = None
    if exercise is not None:
        with in_words(exercise):
            wanted = find_exercise(exercise)
    with open_store(db, must_exist=True) as store:
        chosen = store.sessions() if everything else [store.session(key) for key in sessions]
        for session in chosen:
            again(store, session, wanted, diff=diff)


def again(
    store: Store, session: Session, wanted: Exercise | None = None, *, diff: bool = False, err: bool = False
) -> None:
    """Analyse a session again and say what changed.

    Parameters
    ----------
    diff
        Ask before the new analysis counts.
    err
        Say it on standard error: it is not what was asked for.
    """
    from sensortrack.store.imports import has_packets

    if session.state == "recording":
        click.echo(f"Session {session.id} is being recorded: left out.", err=True)
    elif session.origin == "import" and not has_packets(store, session.id):
        click.echo(f"Session {session.id} holds results without samples: left as it is.", err=True)
    else:
        _again(store, session, wanted, diff=diff, err=err)


def _again(store: Store, session: Session, wanted: Exercise | None, *, diff: bool, err: bool) -> None:
    from sensortrack import __version__
    from sensortrack.cli.analysis import analyse
    from sensortrack.cli.stored import StoredRecording, newest_exercise
    from sensortrack.cli.wording import in_words
    from sensortrack.store import analyses

    exercise = wanted or newest_exercise(store, session)
    if exercise.name == session.exercise:
        exercise = exercise.with_goals_of(analyses.accepted_exercise(store, session)[0])
    with in_words(f"session {session.id}"):
        blocks = StoredRecording(store, session).blocks
        new = analyse(blocks, exercise, session.placement, session.side)
    old = analyses.found(store, session.analysis_id or 0)
    same_exercise = exercise == analyses.accepted_exercise(store, session)[0]
    differences = list(_differences(old, new.log))
    if same_exercise and not differences and session.rate_hz:
        click.echo(f"Session {session.id}: the same.", err=err)
        return
    click.echo(f"Session {session.id}: {'; '.join(differences) or 'the same events'}.", err=err)
    if diff and not click.confirm("Take the new one?", err=True):
        return
    number = analyses.add(store, session.id, exercise, __version__, new.events, new.pyramid)
    analyses.accept(store, session.id, number, rate_hz=new.quality.rate_hz, duration_s=new.quality.duration_s)


def _differences(old: EventLog, new: EventLog) -> Iterator[str]:
    """Say what changed: counts, and where."""
    from sensortrack.cli.wording import clock_words

    for name, before, after in (
        ("repetitions", _counted(old), _counted(new)),
        ("holds", [hold.start_s for hold in old.holds], [hold.start_s for hold in new.holds]),
        ("trials", [trial.start_s for trial in old.trials], [trial.start_s for trial in new.trials]),
    ):
        gone = [at_s for at_s in before if not any(abs(at_s - other) < 0.5 for other in after)]
        come = [at_s for at_s in after if not any(abs(at_s - other) < 0.5 for other in before)]
        if gone or come:
            places = [f"-{clock_words(at_s)}" for at_s in gone] + [f"+{clock_words(at_s)}" for at_s in come]
            yield f"{name} {len(before)} -> {len(after)} ({' '.join(places)})"
    if len(old.sets) != len(new.sets):
        yield f"sets {len(old.sets)} -> {len(new.sets)}"
    if old.movements != new.movements or old.holds != new.holds or old.trials != new.trials:
        yield "times, angles or reasons differ"


def _counted(log: EventLog) -> list[float]:
    return [movement.start_s for movement in log.movements if movement.verdict.counts]
