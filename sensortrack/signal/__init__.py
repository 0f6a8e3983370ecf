"""The chain: timeline, thigh angle, repetitions, holds, posture, and the tracker that joins them."""
