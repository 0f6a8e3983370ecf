"""Take one recording into the store: read it to its end, analyse it, then keep it, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from tzlocal import get_localzone_name

from sensortrack import __version__
from sensortrack.cli.analysis import Analysed, analyse
from sensortrack.cli.replay import with_progress
from sensortrack.cli.wording import count_words
from sensortrack.devices.device import Settings
from sensortrack.formats.csv_table import Told
from sensortrack.formats.own import Known
from sensortrack.formats.reading import Reading, fixed_zone
from sensortrack.formats.recording import Recording
from sensortrack.formats.stored_samples import Spool, from_packets
from sensortrack.model.errors import ExerciseError
from sensortrack.model.exercises import Exercise, load_exercise
from sensortrack.model.samples import RawBlock
from sensortrack.model.summary import EventLog, Quality, summarize
from sensortrack.signal.recognise import RECOGNISABLE, recognise
from sensortrack.store.analyses import results
from sensortrack.store.imports import existing, keep
from sensortrack.store.listing import local_time
from sensortrack.store.problems import StoreError
from sensortrack.store.session import Begin
from sensortrack.store.store import Store

Line = tuple[str, bool]
"""What is said, and whether it is only a note."""


@dataclass(frozen=True)
class Options:
    """What the person tells of all files."""

    exercise: Exercise | None
    side: str | None
    placement: str | None
    person: str | None
    note: str | None
    told: Told | None
    started_at: datetime | None
    zone: str | None


@dataclass
class Spooled:
    """What was read, to be passed through the chain: a source like any other."""

    spool: Spool
    name: str
    started_at: None = None

    @property
    def blocks(self) -> Iterator[RawBlock]:
        """Samples, block by block."""
        return from_packets(self.spool.packets())

    def share_read(self) -> float:
        """Tell how much has been passed, 0 to 1."""
        return self.spool.share_given


def take(store: Store, recording: Recording, written_s: float, options: Options) -> Iterator[Line]:
    """Take a recording in, and say what came of it.

    Parameters
    ----------
    written_s
        When the file was written, seconds since 1970: when it began, where nothing else tells.

    Raises
    ------
    RecordingError
        Something is wrong with the recording; then nothing is kept.
    """
    reading = recording.reading
    known = reading.known or Known()
    with Spool() as spool:
        if reading.has_samples:
            for block in with_progress(recording):
                spool.add(block)
        sha256 = spool.sha256 if reading.has_samples else hashlib.sha256(repr(known).encode()).hexdigest()
        found = existing(store, sha256, known.uid or None)
        if found is not None:
            yield f"{recording.name} is session {found.id} already; nothing was added.", False
            return
        side, placement = options.side or known.side, options.placement or known.placement
        if reading.has_samples:
            exercise, result = _analysed(spool, options.exercise or _told_exercise(known), placement, side)
        else:
            exercise, result = _as_told(known, options.exercise)
        zone, began, is_guess = _when(reading, spool.first_s, result.quality.duration_s, written_s, options)
        sensor = reading.sensor or known.sensor or reading.app or "imported"
        begin = Begin(
            exercise=exercise,
            version=__version__,
            identity=f"import {sensor}",
            sensor_name=sensor,
            family="import",
            settings=Settings(rate_hz=result.quality.rate_hz, gyroscope=spool.has_gyr),
            origin="import",
            zone=zone,
            side=side,
            placement=placement,
            person=options.person or known.person or "me",
            note=options.note if options.note is not None else known.note,
            source=recording.name,
            source_sha256=sha256,
            started_at=began,
        )
        begin = replace(begin, uid=known.uid) if known.uid else begin
        try:
            number = _kept(store, begin, spool, result, known)
        except StoreError:
            found = existing(store, sha256, known.uid or None)  # taken by another import in the meantime
            if found is None:
                raise
            yield f"{recording.name} is session {found.id} already; nothing was added.", False
            return
    when = local_time(began, zone)
    done = _done(results(store, store.session(str(number))))  # with the corrections that came along
    yield f"{recording.name}: session {number}, {exercise.name}, {when:%Y-%m-%d %H:%M}, {done}.", False
    if is_guess:
        yield (
            f"{recording.name} does not tell when it began; the file's date was taken (tell it with --started-at).",
            True,
        )
    if options.exercise is None and not known.exercise:
        how = "recognised" if exercise.name in RECOGNISABLE else "not recognised, and any movement was counted"
        yield f"The exercise was {how}; if it was another: sensortrack reanalyze SESSION --exercise NAME", True


def _kept(store: Store, begin: Begin, spool: Spool, result: Analysed, known: Known) -> int:
    return keep(
        store,
        begin,
        spool.packets(),
        result.events,
        result.pyramid,
        rate_hz=result.quality.rate_hz,
        duration_s=result.quality.duration_s,
        felt={"pain_before": known.pain_before, "pain_after": known.pain_after, "effort": known.effort},
        corrections=known.corrections,
    )


def _told_exercise(known: Known) -> Exercise | None:
    """Give the exercise that an export names."""
    try:
        return known.judged_as()
    except ExerciseError as error:
        raise click.ClickException(
            f"the exercise '{known.exercise}' is not known here; name it, or its TOML file, with --exercise."
        ) from error


def _analysed(
    spool: Spool, exercise: Exercise | None, placement: str | None, side: str | None
) -> tuple[Exercise, Analysed]:
    """Pass the samples through the chain, from what will be stored; an exercise that is not told is recognised."""

    def analysed(one: Exercise) -> Analysed:
        return analyse(with_progress(Spooled(spool, f"counting as {one.name}")), one, placement, side)

    if exercise is not None:
        return exercise, analysed(exercise)
    analyses = {name: analysed(load_exercise(name)) for name in RECOGNISABLE}
    name = recognise(
        {
            name: summarize(
                result.log, source="", exercise=name, duration_s=0.0, rate_hz=0.0, version="", parameters={}
            )
            for name, result in analyses.items()
        }
    )
    if name is not None:
        return load_exercise(name), analyses[name]
    anything = load_exercise("repetitions")
    return anything, analysed(anything)


def _as_told(known: Known, exercise: Exercise | None) -> tuple[Exercise, Analysed]:
    """Give an export's results as they are told; an exercise that is not known here keeps its name."""
    anything = load_exercise("repetitions")
    if exercise is None:
        try:
            exercise = known.judged_as() or anything
        except ExerciseError:
            exercise = replace(anything, name=known.exercise, title=known.exercise)
    quality = Quality(0, known.duration_s, known.rate_hz, 0, 0)
    return exercise, Analysed(quality, list(known.events), EventLog(known.events))


def _when(
    reading: Reading, first_s: float, duration_s: float, written_s: float, options: Options
) -> tuple[str, datetime, bool]:
    """Give the zone, the instant of the first sample, and whether that is only the file's date."""
    here = get_localzone_name() or "UTC"
    known = reading.known or Known()
    offset = known.started_at.utcoffset() if known.started_at else None  # a table of results tells no more
    told = options.zone or reading.zone or known.zone or (fixed_zone(offset) if offset is not None else None)
    zone = told if told is not None and _is_zone(told) else here
    began = options.started_at or reading.began_at(first_s)
    if began is None:
        return zone, datetime.fromtimestamp(written_s, UTC) - timedelta(seconds=duration_s), True
    if began.tzinfo is None or (reading.is_local and options.started_at is None):
        began = began.replace(tzinfo=ZoneInfo(zone))
    if zone.startswith("Etc/") and began.astimezone(ZoneInfo(here)).utcoffset() == local_time(began, zone).utcoffset():
        zone = here  # the file tells only the offset
    return zone, began, False


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _done(log: EventLog) -> str:
    """Say what was found, in few words."""
    repetitions = sum(len(each) for each in log.sets)
    parts = [
        f"{count_words(repetitions, 'repetition')} in {count_words(len(log.sets), 'set')}" if repetitions else "",
        count_words(len(log.holds), "hold") if log.holds else "",
        count_words(len(log.trials), "trial") if log.trials else "",
    ]
    return ", ".join(filter(None, parts)) or "nothing found"
