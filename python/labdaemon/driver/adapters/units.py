"""Units in the texts of docstrings."""

from __future__ import annotations

import re
from typing import Optional

_WORDS = {
    "volt": "V", "amp": "A", "ampere": "A", "ohm": "Ω", "second": "s", "hertz": "Hz", "watt": "W", "kelvin": "K", "celsius": "°C",
    "percent": "%", "degree": "°", "tesla": "T", "gauss": "G", "meter": "m", "farad": "F", "henry": "H", "pascal": "Pa",
    "nanometer": "nm", "micrometer": "µm", "millimeter": "mm", "millisecond": "ms", "microsecond": "µs", "minute": "min",
    "millivolt": "mV", "milliamp": "mA", "milliwatt": "mW", "kilohertz": "kHz", "megahertz": "MHz", "gigahertz": "GHz",
    "decibel": "dB", "radian": "rad", "bar": "bar", "millibar": "mbar", "siemen": "S", "coulomb": "C", "newton": "N",
}
_SYMBOLS = (
    "V", "mV", "µV", "uV", "kV", "A", "mA", "µA", "uA", "nA", "pA", "Ohm", "Ω", "kΩ", "MΩ", "s", "ms", "us", "µs", "ns", "Hz", "kHz",
    "MHz", "GHz", "W", "mW", "kW", "dB", "dBm", "dBc", "K", "mK", "°C", "degC", "°", "%", "m", "mm", "nm", "µm", "um", "cm", "T",
    "mT", "G", "F", "pF", "nF", "H", "Pa", "mbar", "bar", "g", "kg", "N", "C", "S", "Vpp", "rpm", "V/s", "A/s", "K/min", "T/min",
)
_PLACES = re.compile(r"\bin\s+(?:units of\s+)?([A-Za-zµΩ°%][A-Za-zµΩ°%/]*)|\[([A-Za-zµΩ°%/]+)\]|\(([A-Za-zµΩ°%/]+)\)|float,?\s+in\s+([A-Za-zµΩ°%/]+)")


def unit_in(text: str) -> Optional[str]:
    """The unit in a text such as ``the voltage in Volts``, ``[V]`` or ``(V)``; ``None`` without a unit."""
    for match in _PLACES.finditer(text):
        word = next(it for it in match.groups() if it)
        if word in _SYMBOLS:
            return {"uV": "µV", "uA": "µA", "us": "µs", "um": "µm", "Ohm": "Ω", "degC": "°C"}.get(word, word)
        plain = word.lower()
        unit = _WORDS.get(plain) or _WORDS.get(plain[:-1] if plain.endswith("s") else plain)
        if unit:
            return unit
    return None
