"""Python client of LabDaemon for Deno. Everything is in :mod:`labdaemon.server`."""

__version__ = "0.1.0"
