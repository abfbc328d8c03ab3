"""Runs drivers written in Python: a second implementation of ``docs/driver-protocol.md``, standard library only.

The daemon starts ``__main__.py`` with the interpreter that a driver names. Nothing has to be installed in it.
"""
