"""The conformance suite's part in a driver's process: ``deno task check-driver drivers/x.py``."""
