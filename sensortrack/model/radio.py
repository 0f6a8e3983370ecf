"""What can be wrong with the radio: data only, the command line words it for each system."""

from __future__ import annotations

from enum import StrEnum

from sensortrack.model.errors import SensortrackError


class RadioProblem(StrEnum):
    """Why nothing comes over Bluetooth."""

    OFF = "off"
    NO_ADAPTER = "no adapter"
    NO_SERVICE = "no service"
    """The system's Bluetooth service does not run, or does not answer."""
    PERMISSION = "permission"
    UNSUPPORTED = "unsupported"
    """The adapter cannot do Bluetooth Low Energy as a central."""
    ADAPTER_GONE = "adapter gone"
    BUSY = "busy"
    """Another program, or an attempt that hangs, has the adapter."""
    NOT_FOUND = "not found"
    CONNECT_FAILED = "connect failed"
    PAIRING = "pairing"
    """The sensor wants to be paired first."""
    LINK_LOST = "link lost"
    SILENT = "silent"
    """Connected, but no data come."""
    TOO_LONG = "too long"
    """A command that does not fit into one packet of this connection."""


class RadioError(SensortrackError):
    """A radio that does not work, or a sensor that it does not reach.

    Parameters
    ----------
    problem
        What is wrong.
    detail
        What the system said, or which sensor is meant.
    """

    def __init__(self, problem: RadioProblem, detail: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.detail = detail
