"""The streams of devices: their runs, and the samples that they give."""
