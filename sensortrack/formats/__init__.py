"""Files in and out: recordings, pictures, a user's own exercises."""
