"""Drivers from classes: the plain ones of a lab, and those that say more."""

import types
import typing
import unittest
from typing import Annotated

from labdaemon.driver import Lost, Range, Unit, block, driver, method
from labdaemon.driver.definition import Definition, find_driver
from labdaemon.driver.errors import DriverLoadError, InvalidInput


class PlainDAQ:
    """A card that pushes from a thread of its own.

    Args:
        address: Where it is.
    """

    def __init__(self, device_id, address="dev1", **kwargs):
        self.device_id, self.address = device_id, address
        self.timeout = kwargs.get("timeout", 2.0)
        self.streams = False

    def connect(self):
        pass

    def disconnect(self):
        pass

    def start_streaming(self, callback, sample_rate=10.0, channels: typing.Optional[typing.List[int]] = None):
        self.streams = True
        callback((sample_rate, channels))

    def stop_streaming(self, timeout=None):
        self.streams, self.timeout = False, timeout

    def is_streaming(self):
        return self.streams

    def set_range(self, volts, mode="auto"):
        """Set the range."""
        return [self.address, volts, mode]

    def _private(self):
        pass


@driver(name="Supply", net=["{host}:5025"], devices=["/dev/ttyUSB0"], bus="tcp:{host}", blocking="30s", arrays="base64")
class Full:
    """A supply."""

    def __init__(self, host: str, port: int = 5025):
        self.host, self.volts = host, 0.0

    def read(self) -> Annotated[float, Unit("A")]:
        return 0.5

    @property
    def voltage(self) -> Annotated[float, Unit("V"), Range(-20, 20)]:
        """The voltage."""
        return self.volts

    @voltage.setter
    def voltage(self, volts):
        self.volts = round(volts, 1)

    @property
    def serial(self):
        return "7"

    def _only_set(self, value: str):
        self.label = value

    label_text = property(None, _only_set, doc="Its label.")

    @method(limit="10min")
    def home(self, mm: float = 0):
        """Move."""
        return mm

    @method(hidden=True)
    def helper(self):
        pass

    def safe(self, reason):
        pass

    @staticmethod
    def add(a: int, b: int) -> int:
        return a + b


def module_of(*classes, name="drivers.x"):
    module = types.ModuleType(name)
    for it in classes:
        made = type(it.__name__, it.__bases__, {**vars(it), "__module__": name})
        setattr(module, it.__name__, made)
    return module


class Plain(unittest.TestCase):
    def setUp(self):
        self.definition = Definition(PlainDAQ)

    def test_its_arguments_are_params_and_options(self):
        its = self.definition.describe()
        self.assertEqual((its["name"], its["summary"]), ("PlainDAQ", "A card that pushes from a thread of its own."))
        self.assertEqual(its["params"]["properties"], {
            "address": {"default": "dev1", "type": "string", "description": "Where it is."},
            "timeout": {"default": 2.0, "type": "number"},
        })
        self.assertEqual(its["params"]["additionalProperties"], {})
        rate = its["options"]["properties"]["sample_rate"]
        self.assertEqual(rate, {"default": 10.0, "type": "number", "unit": "Hz", "exclusiveMinimum": 0})
        self.assertEqual([it["name"] for it in its["methods"]], ["set_range"])
        self.assertEqual(its["methods"][0]["doc"], "Set the range.")
        self.assertEqual((its["permissions"], its["properties"]), ({}, []))

    def test_it_is_made_and_streams(self):
        device = self.definition.make("daq1", self.definition.check_params({"timeout": 5, "extra": [1]}))
        self.assertEqual((device.device_id, device.address, device.timeout), ("daq1", "dev1", 5))
        source = self.definition.source(device)
        found = []
        source.start(found.append, self.definition.check_options({"channels": [1]}))
        self.assertEqual((source.kind, found, source.is_streaming()), ("push", [(10.0, [1])], True))
        source.stop(3.5)
        self.assertEqual((source.is_streaming(), device.timeout), (False, 3.5))
        method = self.definition.methods["set_range"]
        self.assertEqual(method.call(device, method.arguments([5], {})), ["dev1", 5, "auto"])
        self.assertFalse(self.definition.is_safe(device))


class Declared(unittest.TestCase):
    def setUp(self):
        self.definition = Definition(Full)
        self.device = self.definition.make("psu1", {"host": "lab", "port": 5025})

    def test_what_it_declares(self):
        its = self.definition
        self.assertEqual((its.name, its.arrays, its.blocking), ("Supply", "base64", 30.0))
        self.assertEqual(its.permissions({"host": "lab"}), {"net": ["lab:5025"], "serial": ["/dev/ttyUSB0"]})
        self.assertEqual((its.bus({"host": "lab"}), its.describe()["permissions"]), ("tcp:lab", None))
        self.assertEqual({key: its.sample[key] for key in ("type", "unit")}, {"type": "number", "unit": "A"})
        self.assertEqual([(it, self.definition.methods[it].limit) for it in its.methods], [("home", 600.0), ("add", None)])
        self.assertTrue(its.is_safe(self.device))

    def test_its_properties(self):
        voltage, serial, label = (self.definition.properties[it] for it in ("voltage", "serial", "label_text"))
        self.assertEqual(voltage.describe(), {
            "name": "voltage", "summary": "The voltage.", "writable": True, "readable": True,
            "schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "number", "unit": "V", "minimum": -20, "maximum": 20,
            },
        })
        voltage.set(self.device, voltage.check(3))
        self.assertEqual((voltage.get(self.device), serial.get(self.device)), (3.0, "7"))
        self.assertEqual((serial.set, label.get, label.kind.schema), (None, None, {"type": "string"}))
        with self.assertRaisesRegex(InvalidInput, "^value: expected at most 20, found "):
            voltage.check(21)

    def test_methods_of_any_kind(self):
        add = self.definition.methods["add"]
        self.assertEqual(add.call(self.device, add.arguments([1], {"b": 2})), 3)
        self.assertEqual([it["name"] for it in add.describe()["parameters"]], ["a", "b"])


class Streams(unittest.TestCase):
    def sample_of(self, hint, **declared):
        class Device:
            def stream(self):
                yield 1

        Device.stream.__annotations__ = {"return": hint}
        return Definition(driver(**declared)(Device)).sample

    def test_a_sample_is_described_by_the_hint(self):
        for hint in (typing.Iterator[float], typing.Generator[float, None, None], typing.AsyncIterator[float],
                     typing.Iterable[typing.Union[float, Lost]]):
            self.assertEqual(self.sample_of(hint)["type"], "number")
        self.assertNotIn("type", self.sample_of(None))
        self.assertEqual(self.sample_of(None, sample=Annotated[float, Unit("V")])["unit"], "V")

    def test_a_block_is_a_waveform_where_the_sample_is_an_array(self):
        class Scope:
            def stream(self) -> typing.Iterator[typing.List[float]]:
                yield block(0, 1, [1.0])

        definition = Definition(Scope)
        self.assertTrue(definition.is_waveform(block(0, 1, [1.0])))
        self.assertFalse(definition.is_waveform(block(0, 1, [[1.0]])))

    def test_a_read_that_needs_an_argument_is_a_method(self):
        class Meter:
            def read(self, channel):
                return channel

        definition = Definition(Meter)
        self.assertIsNone(definition.source(Meter()))
        self.assertEqual((list(definition.methods), definition.sample), (["read"], None))

    def test_the_callback_is_found_by_its_name_or_is_the_first_argument(self):
        class Named:
            def start_streaming(self, sample_rate=5.0, *, callback):
                callback(sample_rate)

            def stop_streaming(self, *, timeout):
                self.timeout = timeout

        class First:
            def start_streaming(self, on_data, /, sample_rate=5.0):
                on_data(sample_rate)

            def stop_streaming(self):
                self.timeout = 1

        for cls in (Named, First):
            definition, device, found = Definition(cls), cls(), []
            source = definition.source(device)
            source.start(found.append, definition.check_options({"sample_rate": 2}))
            source.stop(1)
            self.assertEqual((found, device.timeout, source.is_streaming()), ([2], 1, None))

    def test_a_stream_comes_before_a_push_and_a_push_before_a_read(self):
        class Both:
            def stream(self, n: int = 2):
                yield from range(n)

            def start_streaming(self, callback):
                pass

            def read(self):
                return 1

        definition = Definition(Both)
        source = definition.source(Both())
        self.assertEqual((source.kind, list(source.open(definition.check_options({})))), ("iterate", [0, 1]))


class Finding(unittest.TestCase):
    def test_the_class_of_a_file(self):
        self.assertEqual(find_driver(module_of(PlainDAQ), "x.py").name, "PlainDAQ")
        # One with @driver comes before others.
        self.assertEqual(find_driver(module_of(PlainDAQ, Full), "x.py").name, "Supply")

        class Helper:
            pass

        self.assertEqual(find_driver(module_of(PlainDAQ, Helper), "x.py").name, "PlainDAQ")
        imported = module_of(name="drivers.y")
        imported.Any = driver(name="Other")(type("Card", (), {"__module__": "sdk"}))
        self.assertEqual(find_driver(imported, "y.py").name, "Other")

    def test_a_base_class_is_not_its_driver(self):
        module = module_of(PlainDAQ)
        module.Better = type("Better", (module.PlainDAQ,), {"__module__": module.__name__})
        self.assertEqual(find_driver(module, "x.py").name, "Better")

    def test_none_or_several_are_an_error(self):
        class Other:
            def connect(self):
                pass

        for classes, message in [
            ((), "it has no public class; write a class with the functions of an instrument"),
            ((PlainDAQ, Other), "it has 2 classes (PlainDAQ, Other) that could be its driver; write @driver before one of them"),
        ]:
            with self.assertRaises(DriverLoadError) as caught:
                find_driver(module_of(*classes), "x.py")
            self.assertEqual(str(caught.exception), message)

    def test_what_cannot_work_is_refused(self):
        class Since:
            def stream(self, since=0):
                yield 1

        class Half:
            def start_streaming(self, callback):
                pass

        for cls, message in [(Since, 'its option "since" has a name that the query'), (Half, "it has start_streaming, but no stop_streaming")]:
            with self.assertRaisesRegex(DriverLoadError, message):
                Definition(cls)
        for wrong, message in [
            ({"name": "1x"}, "its name must start with a letter"), ({"arrays": "csv"}, "arrays must be"),
            ({"blocking": "soon"}, "blocking is 'soon'"), ({"net": "lab:80"}, "net must be a list of texts"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                driver(**wrong)
        with self.assertRaisesRegex(ValueError, "The limit of a method is 'x'"):
            method(limit="x")

    def test_misspelt_functions_are_found(self):
        class Device:
            def conect(self):
                pass

            def is_streamign(self):
                pass

            def startStreaming(self, callback):
                pass

            def measure(self):
                pass

        its = Definition(Device).misspelt(Device())
        expected = {("conect", "connect"), ("is_streamign", "is_streaming"), ("startStreaming", "start_streaming")}
        self.assertEqual(set(its), expected)


if __name__ == "__main__":
    unittest.main()
