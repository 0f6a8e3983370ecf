"""`sensortrack replay`: from a recording to counted repetitions, timed holds and a measured angle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sensortrack.cli.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sensortrack.cli.session import Session, Source
    from sensortrack.formats.csv_table import Told
    from sensortrack.model.exercises import Exercise
    from sensortrack.model.samples import RawBlock


class Speed(click.ParamType[float]):
    """A factor on real time, or ``max``: infinity."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number above 0, or ``max``."""
        try:
            speed = float("inf") if value == "max" else float(value)
        except ValueError:
            speed = 0.0
        if not speed > 0:
            self.fail(f"expected a number above 0 or 'max', found '{value}'.", param, ctx)
        return speed


@click.command(epilog="Example: sensortrack replay recordings/donkey-kick.csv --format json")
@click.argument("source")
@click.option("--exercise", metavar="NAME", help="An exercise or the path of its TOML file; else it is recognised.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True, help="Output."
)
@click.option(
    "--speed", type=Speed(), default="max", metavar="N|max", show_default=True, help="1 plays as it happened, live."
)
@click.option("--placement", type=click.Choice(["front", "outside", "back"]), help="Where on the thigh the sensor was.")
@click.option("--side", type=click.Choice(["left", "right"]), help="Which leg wore it.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database of stored sessions.")
@click.option("--header", metavar="NAMES", help="A table's header, told in place of its own: time_ms,acc_x_g,...")
@click.option(
    "--rate", type=click.FloatRange(1, 10_000), metavar="HZ", help="Rows in a second, of a table without time."
)
@click.option("--plot", metavar="FILE", help="Draw the angle with what was found into FILE.svg or FILE.png.")
def replay(
    source: str,
    exercise: str | None,
    form: str,
    speed: float,
    placement: str | None,
    side: str | None,
    db: str | None,
    header: str | None,
    rate: float | None,
    plot: str | None,
) -> None:
    """Count, time and measure what is in the recording SOURCE.

    SOURCE is a stored session (its number, or last), or a file, archive or folder of Sensor Logger, phyphox, MetaBase,
    Movella DOT, Movesense or Axivity, an export of ours, or a CSV file with a header such as
    time_s,acc_x_m_s2,acc_y_m_s2,acc_z_m_s2, with or without gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s; - reads standard
    input. Angles are of the thigh against gravity, extension positive.
    """
    from sensortrack.cli.piped import seekable

    told = table_told(header, rate)
    _check_plot(plot)
    given, source = source, seekable(source)
    what, placement, side = _told(source, db, exercise, placement, side)
    if placement == "outside" and side is None:
        click.echo(
            "--placement outside tells front from back only with --side left or right; it is learned instead.",
            err=True,
        )
    with_angle = form == "table" or plot is not None
    if what is None and speed < float("inf"):  # to play it, know it first
        with in_words(given), _open(source, db, told) as recording:
            what = _recognised(_sessions(None, placement, side, with_angle=False), recording).exercise
    with in_words(given), _open(source, db, told) as recording:
        what, placement, side = _filled_in(recording, what, placement, side)
        sessions = _sessions(what, placement, side, with_angle=with_angle)
        if len(sessions) > 1:
            session = _recognised(sessions, recording)
        elif speed < float("inf"):
            session = _play(sessions[0], recording, speed, live=form == "table")
        else:
            session = _follow(sessions, recording)[0]
        _show(session, recording, form)
        say_doubts(recording)
        if plot is not None:
            _draw(session, recording.name, plot)


def _told(
    source: str, db: str | None, exercise: str | None, placement: str | None, side: str | None
) -> tuple[str | Exercise | None, str | None, str | None]:
    """Fill in from a stored session what the user does not tell."""
    if not _is_session(source):
        return exercise, placement, side
    from sensortrack.cli.stored import stored_recording

    with stored_recording(source, db) as recording:
        stored, done = recording.session, recording.exercise
    return exercise or done, placement or stored.placement, side or stored.side


def _filled_in(
    recording: Source, exercise: str | Exercise | None, placement: str | None, side: str | None
) -> tuple[str | Exercise | None, str | None, str | None]:
    """Fill in from an export of ours what the user does not tell."""
    from sensortrack.formats.recording import Recording
    from sensortrack.model.exercises import shipped_names

    known = recording.reading.known if isinstance(recording, Recording) else None
    if known is None:
        return exercise, placement, side
    told = known.judged_as() if known.exercise in shipped_names() else None
    return exercise or told, placement or known.placement, side or known.side


def _is_session(source: str) -> bool:
    """Whether a stored session is meant: there is no such file, and it looks like one."""
    import re
    from pathlib import Path

    return re.fullmatch(r"last|\d{1,9}|[0-9a-f]{6,32}", source) is not None and not Path(source).exists()


def table_told(header: str | None, rate_hz: float | None) -> Told | None:
    """Give what a person tells of a table; None where nothing is told."""
    if header is None and rate_hz is None:
        return None
    from sensortrack.formats.csv_table import Told

    return Told(header, rate_hz)


def say_doubts(recording: Source) -> None:
    """Say what a file does not tell and was supposed."""
    from sensortrack.cli.wording import doubt_sentence
    from sensortrack.formats.recording import Recording

    for doubt, found in recording.reading.doubts if isinstance(recording, Recording) else ():
        click.echo(f"{recording.name}: {doubt_sentence(doubt, found)}", err=True)


def _open(source: str, db: str | None, told: Told | None) -> AbstractContextManager[Source]:
    if _is_session(source):
        from sensortrack.cli.stored import stored_recording

        return stored_recording(source, db)
    from sensortrack.formats.recording import open_recording

    return open_recording(source, told)


def _sessions(
    what: str | Exercise | None, placement: str | None, side: str | None, *, with_angle: bool
) -> list[Session]:
    """One session of the named exercise; of all shipped ones that can be recognised if none is named."""
    from sensortrack.cli.session import Session
    from sensortrack.formats.exercise_file import find_exercise
    from sensortrack.signal.recognise import RECOGNISABLE

    return [
        Session(
            find_exercise(one) if isinstance(one, str) else one, placement=placement, side=side, with_angle=with_angle
        )
        for one in ([what] if what else RECOGNISABLE)
    ]


def _follow(sessions: list[Session], recording: Source) -> list[Session]:
    """Pass the recording through the chain as fast as it goes."""
    for block in with_progress(recording):
        for session in sessions:
            session.process(block)
    for session in sessions:
        session.finish()
    return sessions


def _play(session: Session, recording: Source, speed: float, *, live: bool) -> Session:
    """Pass the recording through the chain as it happened, and show it."""
    from sensortrack.cli.session import paced

    blocks = paced(recording.blocks, speed)
    if live:
        from sensortrack.cli.live import watch

        watch(session, blocks)
        return session
    for block in blocks:
        session.process(block)
    session.finish()
    return session


def _recognised(sessions: list[Session], recording: Source) -> Session:
    """Take the exercise whose detector makes sense of the recording, if exactly one does."""
    from sensortrack.model.exercises import shipped_names
    from sensortrack.signal.recognise import recognise

    _follow(sessions, recording)
    found = recognise({session.exercise.name: session.summary(recording.name) for session in sessions})
    for session in sessions:
        if session.exercise.name == found:
            click.echo(f"Taken for {found}; if it was another exercise, name it with --exercise.", err=True)
            return session
    raise click.UsageError(
        f"{recording.name}: the exercise cannot be recognised; name it with --exercise: {', '.join(shipped_names())}.",
        click.get_current_context(),
    )


def with_progress(recording: Source) -> Iterator[RawBlock]:
    """Show a bar on a terminal's stderr once it takes more than a second."""
    from sensortrack.cli.bar import with_bar

    return with_bar(recording.name, recording.blocks, lambda _: recording.share_read())


def _show(session: Session, recording: Source, form: str) -> None:
    summary = session.summary(recording.name, started_at=recording.started_at)
    if form == "json":
        import json

        click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    elif form == "csv":
        from sensortrack.formats.summary_csv import summary_csv

        click.echo(summary_csv(summary, session.log), nl=False)
    else:
        from sensortrack.cli.table import print_summary

        print_summary(session, summary)


def _check_plot(plot: str | None) -> None:
    """Tell before the work what would fail after it."""
    if plot is None:
        return
    from importlib.util import find_spec
    from pathlib import Path

    if Path(plot).suffix.lower() not in (".svg", ".png"):
        raise click.BadParameter(f"expected a name that ends in .svg or .png, found '{plot}'.", param_hint="--plot")
    if not Path(plot).parent.is_dir():
        raise click.BadParameter(f"there is no folder '{Path(plot).parent}'; create it.", param_hint="--plot")
    if find_spec("matplotlib") is None:
        raise click.ClickException("--plot needs matplotlib; install it with: pip install 'sensortrack[plot]'.")


def _draw(session: Session, name: str, plot: str) -> None:
    from pathlib import Path

    from sensortrack.cli.whole import whole
    from sensortrack.formats.plot import draw

    if session.sketch is None:
        return
    form = Path(plot).suffix[1:].lower()
    with whole(plot, force=True) as path:
        draw(session.summary(name), session.sketch.trace(), session.exercise.title, path, form)
