"""`sensortrack record`: strap on a sensor, type one command, put the keyboard away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sensortrack.cli.plan import program_option

if TYPE_CHECKING:
    from pathlib import Path

    from sensortrack.cli.choose import Chosen
    from sensortrack.cli.owed import Plan
    from sensortrack.cli.streaming import Stream
    from sensortrack.devices.device import Settings
    from sensortrack.model.exercises import Exercise
    from sensortrack.store.recorder import Recorder
    from sensortrack.store.store import Store

LOST = "the disk is full, and there is no other; free some space before the next session, 'sensortrack doctor' tells"


@click.command(epilog="Example: sensortrack record donkey-kick --sensor simulated")
@click.argument("exercise", required=False)
@click.option(
    "--sensor", "sensors", multiple=True, metavar="[SIDE=]NAME|ADDRESS|phone|phyphox:HOST|sensor-logger|simulated",
    help="Which sensor; twice, with left= and right=, for two at once. Else the one used last, or the only one near.",
)  # fmt: skip
@click.option("--device", metavar="FILE.toml", help="A sensor that you described in a file.")
@click.option("--sets", type=click.IntRange(1, 50), help="How many sets or holds are meant.")
@click.option("--reps", type=click.IntRange(1, 100), help="How many repetitions in a set.")
@click.option("--hold", "hold_s", type=click.FloatRange(0.5, 600), metavar="S", help="How long to hold.")
@click.option(
    "--pace", type=click.Choice(["off", "gentle", "strict"]), default="gentle", show_default=True,
    help="'up - hold - down': by your own movement, or by a metronome that leads.",
)  # fmt: skip
@click.option("--tones", is_flag=True, help="Tones for the pace instead of words: rising, level, falling.")
@program_option
@click.option("--side", type=click.Choice(["left", "right"]), help="Which leg wears it.")
@click.option("--placement", type=click.Choice(["front", "outside", "back"]), help="Where on the thigh.")
@click.option("--person", default="me", show_default=True, metavar="NAME", help="Who exercises.")
@click.option("--note", default="", help="A few words to keep with the session.")
@click.option("--db", metavar="FILE", envvar="SENSORTRACK_DB", help="The database, else the user's own.")
@click.option("--quiet", is_flag=True, help="No speech, no bell.")
@click.option("--plain", is_flag=True, help="One line per event instead of the screen.")
@click.option("--seed", type=click.IntRange(min=0), default=8, show_default=True, help="Of the simulated sensor.")
@click.option("--speed", type=click.FloatRange(0.1, 1000), default=1.0, show_default=True, help="Of the simulated one.")
def record(exercise: str | None, sensors: tuple[str, ...], db: str | None, quiet: bool, **options: Any) -> None:
    """Record EXERCISE live: the sensor is found, counts are spoken, everything is kept.

    Without EXERCISE it is the next one that the programme asks for. With --sensor phone a phone's browser is the
    sensor: scan the code, tap, strap it to the thigh. With phyphox:HOST or sensor-logger it is one of these apps
    (docs/phone-apps.md).

    Keys while it runs: m marks a moment, u takes the newest repetition, hold or trial back, p pauses a phone, q or
    Ctrl-C stops. What was recorded can be counted again with 'sensortrack replay last'.
    """
    import asyncio

    from sensortrack.cli.live_words import device_sentence, network_sentence, radio_sentence, store_sentence
    from sensortrack.cli.owed import plan_for, tell_next
    from sensortrack.cli.sound import Voice
    from sensortrack.cli.stored import open_store, own_device
    from sensortrack.devices.device import DeviceError
    from sensortrack.model.network import NetworkError
    from sensortrack.model.radio import RadioError
    from sensortrack.store.problems import StoreError

    wanted = _sides(sensors, options["side"])
    options["quiet"] = quiet
    options["own"], options["description"] = own_device(options["device"])
    if len(wanted) > 1 and options["pace"] == "strict":
        raise click.UsageError(
            "--pace strict leads one leg; with two sensors choose gentle.", click.get_current_context()
        )
    with open_store(db) as store:
        sides, is_simulated = [side for side, _ in wanted], any(name == "simulated" for _, name in wanted)
        plan = plan_for(store, exercise, sides, options["program"], options["person"], with_simulated=is_simulated)
        wanted = [(side or plan.side, name) for side, name in wanted]
        plan = replace(plan, exercise=_prescribed(plan.exercise, options))
        voice = Voice(is_quiet=quiet, with_tones=options["tones"])
        streams: list[Stream] = []
        wrong = ""
        try:
            asyncio.run(_record(streams, store, plan, wanted, voice, options))
        except RadioError as error:
            wrong = radio_sentence(error)
        except NetworkError as error:
            wrong = network_sentence(error)
        except DeviceError as error:
            wrong = device_sentence(error, "the sensor")
        except StoreError as error:
            wrong = store_sentence(error)
        finally:
            voice.close()
        for stream in streams:
            if stream.recorder is not None or not wrong:  # what was recorded before it went wrong is told too
                _conclude(stream, store.path)
        if wrong:
            raise click.ClickException(wrong)
        if plan.exercise.detector == "thomas":
            from sensortrack.cli.thomas import against_the_other_leg

            click.echo(against_the_other_leg(streams, store))
        tell_next(store, options["program"], options["person"], with_simulated=is_simulated)


def _prescribed(exercise: Exercise, options: dict[str, Any]) -> Exercise:
    """Give the exercise with the goals that were told; they are kept with the session."""
    for option, goal in (("sets", "sets"), ("reps", "repetitions"), ("hold_s", "target_hold_s")):
        if options[option] is None:
            continue
        try:
            exercise = exercise.prescribed(**{goal: options[option]})
        except KeyError as error:
            raise click.UsageError(
                f"--{option.removesuffix('_s')} is no goal of {exercise.name}; 'sensortrack exercises {exercise.name}' "
                "shows those it has.",
                click.get_current_context(),
            ) from error
    return exercise


def _sides(sensors: tuple[str, ...], side: str | None) -> list[tuple[str | None, str | None]]:
    """Read what --sensor says: (side, sensor) of each."""
    if len(sensors) <= 1:
        name = sensors[0] if sensors else None
        if name is not None and name.partition("=")[0] in ("left", "right"):
            return [(name.partition("=")[0], name.partition("=")[2])]
        return [(side, name)]
    pairs = [(each.partition("=")[0], each.partition("=")[2]) for each in sensors]
    if sorted(pair[0] for pair in pairs) != ["left", "right"] or not all(pair[1] for pair in pairs):
        raise click.UsageError(
            f"two sensors are told as --sensor left=NAME --sensor right=NAME, found: {' '.join(sensors)}.",
            click.get_current_context(),
        )
    return [(pair[0], pair[1]) for pair in pairs]


async def _record(
    streams: list[Stream],
    store: Store,
    plan: Plan,
    wanted: list[tuple[str | None, str | None]],
    voice: Any,
    options: dict[str, Any],
) -> None:
    """Record until it ends or the person stops it; `streams` is filled."""
    import asyncio
    from uuid import uuid4

    from sensortrack.cli.coach import Pace
    from sensortrack.cli.keys import keys
    from sensortrack.cli.record_view import Listening
    from sensortrack.cli.steering import guide, key_pressed, stop_on_signals
    from sensortrack.cli.streaming import TwoWay

    options["group_uid"] = uuid4().hex if len(wanted) > 1 else None
    streams += [await _stream(store, plan.exercise, side, name, options) for side, name in wanted]
    targets, tempo = plan.told(options["sets"], options["reps"], options["hold_s"])

    def stop() -> None:
        for stream in streams:
            stream.sensor.stop()

    stop_on_signals(stop)
    listening = Listening(streams, targets, voice, Pace(options["pace"]), tempo, is_plain=options["plain"])
    with listening, keys(lambda key: key_pressed(key, streams, listening, stop)):
        is_phone = any(isinstance(stream.sensor, TwoWay) for stream in streams)
        beside = [
            asyncio.create_task(listening.watch()),
            asyncio.create_task(listening.follow()),
            asyncio.create_task(guide(listening, plan, streams, options["speed"], is_phone=is_phone)),
        ]
        running = [asyncio.create_task(stream.run(listening)) for stream in streams]
        try:
            await asyncio.gather(*running)
        finally:
            stop()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, *running, return_exceptions=True)


async def _stream(
    store: Store, exercise: Exercise, side: str | None, name: str | None, options: dict[str, Any]
) -> Stream:
    from sensortrack.cli.choose import chosen_sensor
    from sensortrack.cli.session import Session
    from sensortrack.cli.streaming import Stream

    chosen = await chosen_sensor(name, side, store, exercise, options)
    session = Session(exercise, placement=options["placement"], side=side, with_angle=True)

    def begin(settings: Settings) -> Recorder:
        return _begin(store, exercise, chosen, settings, side, options)

    return Stream(chosen.sensor, chosen.device, session, begin, side)


def _begin(
    store: Store,
    exercise: Exercise,
    chosen: Chosen,
    settings: Settings,
    side: str | None,
    options: dict[str, Any],
) -> Recorder:
    from tzlocal import get_localzone_name

    from sensortrack import __version__
    from sensortrack.store.session import Begin

    return store.record(
        Begin(
            exercise=exercise,
            version=__version__,
            identity=chosen.identity,
            sensor_name=chosen.name,
            family=chosen.device.name,
            settings=settings,
            origin=chosen.origin,
            zone=get_localzone_name() or "UTC",
            side=side,
            placement=options["placement"],
            person=options["person"],
            note=options["note"],
            group_uid=options["group_uid"],
            description=options["description"] if chosen.origin == "bluetooth" else "",
        )
    )


def _conclude(stream: Stream, db: Path) -> None:
    """Show what was done and where it is."""
    from sensortrack.cli.live_words import aside_words
    from sensortrack.cli.table import print_summary
    from sensortrack.cli.wording import count_words, recording_sentence

    if stream.recorder is None:
        click.echo("Nothing was recorded.", err=True)
        return
    name = f"session {stream.recorder.session_id}" + (f" ({stream.side})" if stream.side else "")
    print_summary(stream.session, stream.session.summary(name))
    if stream.taken_back:
        noun = {"stretch": "hold", "thomas": "trial"}.get(stream.session.exercise.detector, "repetition")
        click.echo(f"{count_words(stream.taken_back, noun)} taken back by you.")
    if stream.receiver is not None and (lost := stream.receiver.health.lost):
        percent = 100 * lost / (lost + stream.receiver.health.samples)
        share = f"{percent:.1f} %" if percent >= 0.05 else "under 0.1 %"
        click.echo(f"{count_words(lost, 'sample')} never came: {share}.")
    if stream.fault is not None:
        click.echo(f"It was recorded but not followed: {recording_sentence(stream.fault)}", err=True)
    if stream.recorder.aside is not None:
        raise click.ClickException(f"{aside_words(stream.recorder.aside)}.")
    if not stream.recorder.is_whole:
        raise click.ClickException(f"the end of the session could not be written: {LOST}.")
    again = "show" if stream.taken_back else "replay"  # which goes by the sensor alone
    click.echo(f"Kept in {db}; look again with: sensortrack {again} {stream.recorder.session_id}", err=True)
