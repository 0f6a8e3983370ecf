"""Count, time and keep the exercises of a thigh-worn motion sensor."""

__version__ = "0.1.0"
