"""`record --sensor phone` on the command line: what is wrong is one sentence, and the code can be scanned."""

import asyncio
import re
import socket
import sys

import pytest
from click.testing import CliRunner

from sensortrack.cli import main
from sensortrack.cli.announcer import Targets
from sensortrack.cli.coach import Pace
from sensortrack.cli.owed import tempo_of
from sensortrack.cli.phone import code
from sensortrack.cli.record_view import Listening
from sensortrack.cli.session import Session
from sensortrack.cli.steering import key_pressed
from sensortrack.cli.streaming import Stream
from sensortrack.devices.device import Settings
from sensortrack.model.exercises import load_exercise
from sensortrack.sources.phone import PhoneSensor, State
from sensortrack.sources.simulated import SimulatedSensor


def run(tmp_path, monkeypatch, sensor: str):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    environment = {"SENSORTRACK_DB": str(tmp_path / "a.db")}
    return CliRunner().invoke(main, ["record", "--sensor", sensor], env=environment)


@pytest.mark.parametrize("place", ["wlan0", "300.1.1.1", "127.0.0.1:", "127.0.0.1:0x50", "127.0.0.1:99999", "::1"])
def test_an_address_that_is_none(tmp_path, monkeypatch, place):
    result = run(tmp_path, monkeypatch, f"phone:{place}")
    assert result.exit_code == 2, result.output
    assert "phone:192.168.1.7" in result.stderr


def test_without_a_network(tmp_path, monkeypatch):
    monkeypatch.setattr("sensortrack.web.addresses.lan_addresses", list)
    result = run(tmp_path, monkeypatch, "phone")
    assert result.exit_code == 1
    assert "in no network" in result.stderr


def test_an_address_of_another_computer(tmp_path, monkeypatch):
    result = run(tmp_path, monkeypatch, "phone:192.0.2.1")
    assert result.exit_code == 1
    assert "192.0.2.1 cannot be listened on" in result.stderr


def test_a_port_that_is_taken(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(tmp_path, monkeypatch, f"phone:127.0.0.1:{port}")
    assert result.exit_code == 1
    assert f"127.0.0.1:{port} cannot be listened on" in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the data folder is told by XDG_DATA_HOME")
def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "sensortrack").write_text("a file is in the way", encoding="ascii")
    result = run(tmp_path, monkeypatch, "phone:127.0.0.1")
    assert result.exit_code == 1
    assert "certificate" in result.stderr
    assert "Traceback" not in result.output


def test_the_code_is_that_of_the_address():
    """Light modules are full blocks in white on black, so that the border is light in any terminal."""
    import segno

    url = "https://192.168.178.23:8443/abcdefghijklmnopqrstuv/"
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in code(url).splitlines()]
    rows = []
    for line in lines:
        rows.append([letter in "█▀" for letter in line])
        rows.append([letter in "█▄" for letter in line])
    drawn = [[not light for light in row] for row in rows]
    expected = [
        [bool(module) for module in row] for row in segno.make(url, error="l", micro=False).matrix_iter(border=4)
    ]
    assert drawn[: len(expected)] == expected


class Wordless:
    """A voice that keeps what it was given."""

    def __init__(self, speaks: str = "say") -> None:
        self.speaks = speaks
        self.said = []

    def say(self, utterances):
        self.said += [each.text for each in utterances]


def listening(speaks: str):
    """A phone that is followed, without one."""
    sensor, session = PhoneSensor("Donkey kick"), Session(load_exercise("donkey-kick"))
    stream = Stream(sensor, sensor.device, session, lambda _: None)
    voice = Wordless(speaks)
    what = session.exercise
    heard = Listening([stream], Targets.of(what), voice, Pace.OFF, tempo_of(what, None), is_plain=True)
    return sensor, stream, voice, heard


@pytest.mark.parametrize(("speaks", "said"), [("say", ["Go"]), ("", [])])
def test_the_phone_speaks_and_the_computer_does_not(speaks, said):
    sensor, stream, voice, heard = listening(speaks)
    heard.speak("Go")
    assert [each.text for each in sensor._said] == said
    assert voice.said == []
    heard.link(stream, is_up=False)  # out of reach, it is the computer that says so
    assert ["no word from the phone" in each for each in voice.said] == [True]


def test_pausing_is_shown_and_the_key_pauses(capsys, monkeypatch):
    monkeypatch.setattr("sensortrack.cli.record_view.REFRESH_S", 0.001)
    sensor, stream, _, heard = listening("say")

    async def main():
        following = asyncio.create_task(heard.follow())
        for act in (
            lambda: None,
            lambda: key_pressed("p", [stream], heard, None),
            lambda: key_pressed("p", [stream], heard, None),
        ):
            sensor.state = State.RUNNING if sensor.state is State.WAITING else sensor.state
            act()
            await asyncio.sleep(0)
            await asyncio.sleep(0.01)
        following.cancel()

    asyncio.run(main())
    assert capsys.readouterr().out.split("\n")[:2] == ["paused", "goes on"]


def test_doctor_listens_to_a_phone(tmp_path, monkeypatch):
    async def there(place, side, title, *, is_quiet, is_worn):
        assert (place, is_worn) == ("127.0.0.1:9000", False)
        return SimulatedSensor("donkey-kick", 8, Settings())

    monkeypatch.setattr("sensortrack.cli.phone.phone_sensor", there)
    monkeypatch.setattr("sensortrack.cli.doctor.LISTEN_S", 2.0)
    shown = (
        CliRunner().invoke(main, ["doctor", "--sensor", "phone:127.0.0.1:9000", "--db", str(tmp_path / "a.db")]).stdout
    )
    lines = {line.split()[1]: line.split()[0] for line in shown.splitlines()}
    assert lines["network"] == lines["rate"] == lines["gravity"] == "ok"
