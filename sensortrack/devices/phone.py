"""A phone's motion sensor as a web page sees it (W3C DeviceMotion), and the wire between that page and this program.

The page sends batches; a packet of a recording is one or more of them, as they came. Wire table (little-endian):

=======  =====  ===============================================================================================
Header   u8     version, 1
         u8     1 gyroscope, 2 the acceleration has the other sign (iOS)
         u16    samples, at most `MOST_SAMPLES`
         u32    run: drawn anew whenever the page begins to count time (loaded, or its phone slept)
         u32    number of the batch in its run
         f64    offset s: this host's clock minus the phone's, when the run began
         f64    offset s as it is now
         f64    the phone's time of the first sample, s
Sample   u32    µs since the first sample
         3 f32  `accelerationIncludingGravity` x y z, m/s²
         3 f32  `rotationRate` alpha beta gamma, °/s; only with a gyroscope
=======  =====  ===============================================================================================

Alpha turns about x, beta about y, gamma about z (protocols.md section 9c). The phone's time is
``performance.timeOrigin + event.timeStamp``; the offsets are the page's, from exchanges of time stamps with the host
(the one with the shortest way, as in NTP, RFC 5905). So a batch that comes a minute late, after a hole in the network,
tells when its samples were taken: nothing rests on when it came, and the decoder keeps no state.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensortrack.devices.device import Conversation, Device, FrameError, Notification, Settings, checked
from sensortrack.model.samples import Clock, FloatArray, Frame, Packet, RawBlock

SAMPLES = "phone-samples"
"""Channel of the batches among a recording's packets."""

RATE_HZ = 60.0
"""What browsers give (protocols.md section 9c); the true rate is in the time stamps."""

MOST_SAMPLES = 600
"""In one batch: ten seconds, many times what a page sends at once."""

_VERSION = 1
_GYROSCOPE, _NEGATED = 1, 2
_HEADER = struct.Struct("<BBHIIddd")
_MOST_S = 1e11  # seconds since 1970 that no clock shows: the year 5138
_BATCH_S = 0.1  # the page sends about this often


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch, its numbers still those of the page.

    Parameters
    ----------
    run, number
        Which it is.
    offset_at_start_s, offset_s
        The host's clock minus the phone's.
    stamp_s
        (N,) the phone's time of each sample.
    acc, gyr
        (N, 3) m/s² and °/s as the browser gave them; gyr None without a gyroscope.
    negated
        The acceleration has the other sign.
    payload
        The bytes.
    """

    run: int
    number: int
    offset_at_start_s: float
    offset_s: float
    stamp_s: FloatArray
    acc: FloatArray
    gyr: FloatArray | None
    negated: bool
    payload: bytes

    @property
    def taken_s(self) -> FloatArray:
        """When the samples were taken, on the host's clock."""
        return self.stamp_s + self.offset_s


def batches(payload: bytes) -> Iterator[Batch]:
    """Give the batches of one packet.

    Raises
    ------
    FrameError
        What comes next is no batch; what stood before it was given.
    """
    at = 0
    while at < len(payload):
        batch = _batch(payload[at:])
        at += len(batch.payload)
        yield batch


def _batch(payload: bytes) -> Batch:
    if len(payload) < _HEADER.size:
        raise FrameError("shorter than a header", payload)
    version, flags, samples, run, number, start_s, offset_s, first_s = _HEADER.unpack_from(payload)
    if version != _VERSION or flags & ~(_GYROSCOPE | _NEGATED) or samples > MOST_SAMPLES:
        raise FrameError("another version", payload)
    kind = _sample(gyroscope=bool(flags & _GYROSCOPE))
    end = _HEADER.size + samples * kind.itemsize
    if len(payload) < end:
        raise FrameError("shorter than its samples", payload)
    if not all(abs(each) < _MOST_S for each in (start_s, offset_s, first_s)):
        raise FrameError("times that cannot be", payload)
    rows = np.frombuffer(payload, kind, samples, _HEADER.size)
    if not (np.diff(rows["us"].astype(np.int64)) > 0).all():
        raise FrameError("times that do not go on", payload)
    stamp_s = first_s + rows["us"] * 1e-6
    gyr = rows["gyr"].astype(np.float64) if flags & _GYROSCOPE else None
    return Batch(
        run, number, start_s, offset_s, stamp_s, rows["acc"].astype(np.float64), gyr, bool(flags & _NEGATED),
        payload[:end],
    )  # fmt: skip


def _sample(*, gyroscope: bool) -> np.dtype[np.void]:
    return np.dtype([("us", "<u4"), ("acc", "<f4", 3), *([("gyr", "<f4", 3)] if gyroscope else [])])


class PhoneDecoder:
    """Batches to frames of one sample each: every sample has a time stamp of its own.

    Parameters
    ----------
    settings
        Without a gyroscope, angular rates that come all the same are left out.
    """

    def __init__(self, settings: Settings) -> None:
        self._gyroscope = settings.gyroscope

    def decode(self, packet: Packet) -> list[Frame]:
        """Give the samples of one packet."""
        if packet.channel != SAMPLES:
            return []
        frames: list[Frame] = []
        odd: FrameError | None = None
        try:
            for batch in batches(packet.payload):
                try:
                    frames += self._frames(batch)
                except FrameError as error:
                    odd = error
        except FrameError as error:
            odd = error
        if odd is not None:
            raise FrameError(odd.problem, odd.payload, frames)
        return frames

    def _frames(self, batch: Batch) -> list[Frame]:
        if not len(batch.stamp_s):
            return []
        if self._gyroscope and batch.gyr is None:
            raise FrameError("no angular rate", batch.payload)
        acc = -batch.acc if batch.negated else batch.acc
        gyr = np.radians(batch.gyr) if self._gyroscope and batch.gyr is not None else None
        whole = checked(batch.payload, 0.0, acc, gyr)
        return [
            Frame(
                float(taken_s),
                acc[i : i + 1],
                None if whole.gyr is None else whole.gyr[i : i + 1],
                stamp_s=float(stamp_s),
            )
            for i, (taken_s, stamp_s) in enumerate(
                zip(batch.taken_s, batch.stamp_s + batch.offset_at_start_s, strict=True)
            )
        ]


def start(settings: Settings) -> Conversation:
    """Ask for nothing: a page is told to begin by the server that it asks (`sensortrack.sources.phone`)."""
    yield from ()
    return Settings(RATE_HZ, settings.acc_range_g, settings.gyr_range_dps, gyroscope=settings.gyroscope)


def stop(settings: Settings) -> Conversation:
    """Ask for nothing."""
    yield from ()
    return settings


class PhoneEncoder:
    """A page that samples, batch by batch.

    Parameters
    ----------
    gyroscope, negated
        What its phone has, and does.
    run
        Its first run.
    offset_s
        The host's clock minus the phone's, as the page found it.
    rounded
        To 0.1, as the W3C asks and browsers do.
    """

    def __init__(
        self, *, gyroscope: bool = True, negated: bool = False, run: int = 1, offset_s: float = 0.0,
        rounded: bool = True,
    ) -> None:  # fmt: skip
        self.settings: Settings | None = Settings(RATE_HZ, gyroscope=gyroscope)
        self.offset_s = offset_s
        self._gyroscope, self._negated, self._rounded = gyroscope, negated, rounded
        self._waiting: RawBlock | None = None
        self.begin(run)

    def begin(self, run: int) -> None:
        """Begin another run, as after a reload; what waited is sent with it."""
        self._run, self._number, self._offset_at_start_s = run, 0, self.offset_s

    def read(self, _channel: str) -> bytes:
        """Nothing can be read."""
        return b""

    def write(self, _channel: str, _payload: bytes) -> list[Notification]:
        """Nothing can be written."""
        return []

    def encode(self, block: RawBlock) -> list[Notification]:
        """Put samples into batches of a tenth of a second."""
        if self._waiting is not None:
            block = self._waiting + block
        most = round(_BATCH_S * RATE_HZ)
        whole = len(block) // most * most
        self._waiting = block[whole:] if whole < len(block) else None
        return [Notification(SAMPLES, self.batch(block[begin : begin + most])) for begin in range(0, whole, most)]

    def batch(self, part: RawBlock) -> bytes:
        """Put samples into one batch."""
        rows = np.zeros(len(part), _sample(gyroscope=self._gyroscope))
        first_s = float(part.time_s[0]) if len(part) else 0.0
        rows["us"] = np.rint((part.time_s - first_s) * 1e6)
        rows["acc"] = self._told(-part.acc if self._negated else part.acc)
        if self._gyroscope and part.gyr is not None:
            rows["gyr"] = self._told(np.degrees(part.gyr))
        flags = _GYROSCOPE * self._gyroscope | _NEGATED * self._negated
        header = (_VERSION, flags, len(part), self._run, self._number, self._offset_at_start_s, self.offset_s, first_s)
        self._number += 1
        return _HEADER.pack(*header) + rows.tobytes()

    def _told(self, values: FloatArray) -> FloatArray:
        return np.round(values, 1) if self._rounded else values


DEVICE = Device(
    name="phone",
    title="a phone's browser",
    advertised_names=(),
    advertised_uuids=(),
    services=(),
    rates_hz=(RATE_HZ,),
    gyroscope=True,
    clock=Clock(stamps="first"),
    start=start,
    stop=stop,
    decoder=PhoneDecoder,
    encoder=PhoneEncoder,
)
