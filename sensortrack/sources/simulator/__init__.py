"""A simulated sensor with known truth: planned thigh motion, physics, and the errors of a real device.

`simulate` draws a person, a session and a device from a seed and returns what the device would have
written, together with what really happened. Nothing here knows how repetitions are detected.
"""

from __future__ import annotations

from .recording import EXERCISES, Simulation, simulate

__all__ = ["EXERCISES", "Simulation", "simulate"]
