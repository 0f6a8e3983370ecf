"""What can be wrong with the network: data only, the command line words it."""

from __future__ import annotations

from enum import StrEnum

from sensortrack.model.errors import SensortrackError


class NetworkProblem(StrEnum):
    """Why nothing comes over the network."""

    NO_SUCH_HOST = "no such host"
    NOTHING_LISTENS = "nothing listens"
    """The host is there, but refuses the port."""
    NO_ANSWER = "no answer"
    """Nothing came in time: it is switched off, asleep, or in another network."""
    BROKEN = "broken"
    """What came is no HTTP, or was cut off."""
    STATUS = "status"
    """An answer, but not the one that was asked for."""
    TOO_LONG = "too long"
    """An answer longer than anybody wants to read."""
    CANNOT_LISTEN = "cannot listen"
    """It is no address of this computer, or another program has the port."""
    NO_NETWORK = "no network"
    """This computer is in no network that a phone could be in."""


class NetworkError(SensortrackError):
    """Another side that is not reached, or does not answer as it should.

    Parameters
    ----------
    problem
        What is wrong.
    where
        Host and port.
    found
        What was found instead, in short words.
    """

    def __init__(self, problem: NetworkProblem, where: str, found: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.where = where
        self.found = found
