"""Transcripts: the bytes to and from an instrument, as its driver's sockets, serial ports and VISA sessions carry them."""
