"""Sensors over Bluetooth Low Energy: find them, keep them streaming.

This folder alone knows bleak. Everything it raises is a `RadioError` or, where the sensor itself is at fault, a
`DeviceError`.
"""

from __future__ import annotations

import logging

from .scanning import Found, scan
from .sensor import BleSensor

__all__ = ["BleSensor", "Found", "scan"]

# bleak warns into the log of what it raises as well; without a handler that would be printed into the live view
logging.getLogger("bleak").addHandler(logging.NullHandler())
