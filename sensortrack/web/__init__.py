"""HTTP, in and out: the only folder that imports aiohttp."""
