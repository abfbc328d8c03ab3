"""Instruments of PyMeasure and QCoDeS as drivers, without a file."""

import json
import unittest

from labdaemon.driver.definition import adapter_driver, find_driver
from labdaemon.driver.errors import DriverLoadError, InvalidInput


def schema_of(its):
    return {key: it for key, it in its.kind.schema.items() if key != "$schema"}


class PyMeasure(unittest.TestCase):
    def test_properties_units_and_limits(self):
        definition = adapter_driver("pymeasure:pymeasure.instruments.keithley.Keithley2400")
        its = definition.properties
        self.assertEqual(schema_of(its["source_delay"]), {"unit": "s", "type": "number", "minimum": 0, "maximum": 999.9999})
        self.assertEqual(schema_of(its["source_enabled"]), {"type": "boolean"})
        self.assertEqual(schema_of(its["source_mode"]), {"type": "string", "enum": ["current", "voltage"]})
        self.assertEqual((schema_of(its["voltage"])["unit"], its["voltage"].set), ("V", None))
        self.assertIn("ramp_to_voltage", definition.methods)
        self.assertNotIn("write", definition.methods)
        description = definition.describe()
        self.assertEqual(description["name"], "Keithley2400")
        self.assertEqual(description["params"]["properties"]["adapter"]["type"], "string")
        json.dumps(description, allow_nan=False)

    def test_every_instrument_of_a_large_package_is_described(self):
        from pymeasure.instruments import agilent, srs

        for package in (agilent, srs):
            for cls in vars(package).values():
                if isinstance(cls, type) and cls.__module__.startswith(package.__name__):
                    with self.subTest(cls=cls.__name__):
                        spec = f"pymeasure:{cls.__module__}.{cls.__name__}"
                        # A description may have 256 KiB.
                        self.assertLess(len(json.dumps(adapter_driver(spec).describe(), allow_nan=False)), 256 * 1024)

    def test_channels_have_their_own(self):
        definition = adapter_driver("pymeasure:pymeasure.instruments.siglenttechnologies.SPD1305X")
        self.assertEqual(schema_of(definition.properties["ch_1_voltage_setpoint"])["type"], "number")
        self.assertIn("ch_1_enable_output", definition.methods)

    def test_a_simulated_one_is_set_and_sampled(self):
        definition = adapter_driver("pymeasure:pymeasure.instruments.fakes.SwissArmyFake")
        params = definition.check_params({"wait": 0, "sample": ["voltage", "output_voltage"]})
        device = definition.make("fake1", params)
        device.connect()
        its = definition.properties["output_voltage"]
        its.set(device, its.check(3))
        source = definition.source(device)
        self.assertEqual((source.kind, source.read()["output_voltage"], its.get(device)), ("read", 3, 3))
        self.assertEqual(definition.check_options({}), {"sample_rate": 1})
        self.assertEqual(list(definition.sample["properties"])[:2], ["time", "voltage"])
        device.disconnect()
        self.assertIsNone(definition.source(definition.make("fake1", {"sample": []})))
        with self.assertRaisesRegex(InvalidInput, r'^sample\[0\]: expected one of "time", "voltage"'):
            definition.check_params({"sample": ["volts"]})

    def test_the_address_names_the_permissions(self):
        definition = adapter_driver("pymeasure:pymeasure.instruments.keithley.Keithley2400")
        for address, permissions in [
            ("TCPIP::192.168.1.20::5025::SOCKET", {"net": ["192.168.1.20:5025"]}), ("TCPIP0::lab::inst0::INSTR", {"net": ["lab"]}),
            ("ASRL/dev/ttyUSB0::INSTR", {"serial": ["/dev/ttyUSB0"]}), ("GPIB0::24::INSTR", {}),
            ("/lab/supply.yaml@sim", {"read": ["/lab/supply.yaml"]}),
            ("USB0::1::2::3::INSTR", {"read": ["/dev/bus/usb"], "write": ["/dev/bus/usb"]}),
        ]:
            self.assertEqual(definition.permissions({"adapter": address}), permissions)

    def test_a_class_of_a_file_may_be_one(self):
        import types

        from pymeasure.instruments.fakes import SwissArmyFake

        module = types.ModuleType("drivers.mine")
        module.Mine = type("Mine", (SwissArmyFake,), {"__module__": module.__name__})
        definition = find_driver(module, "mine.py")
        self.assertEqual((definition.name, "output_voltage" in definition.properties), ("Mine", True))


class QCoDeS(unittest.TestCase):
    def test_parameters_with_label_unit_and_validator(self):
        params = {"gates": ["dac1", "dac2"], "sample": ["dac1"]}
        spec = f"qcodes:qcodes.instrument_drivers.mock_instruments.DummyInstrument?{json.dumps({'params': params})}"
        definition = adapter_driver(spec)
        its = definition.properties["dac2"]
        self.assertEqual((its.summary, schema_of(its)), ("Gate dac2", {"unit": "V", "type": "number", "minimum": -800, "maximum": 400}))
        device = definition.make("dummy-1", definition.check_params(params))
        device.connect()
        its.set(device, its.check(3))
        self.assertEqual((its.get(device), definition.source(device).read()), (3, {"dac1": 0}))
        with self.assertRaisesRegex(InvalidInput, "^value: expected at most 400, found [0-9.]+$"):
            its.check(500)
        device.disconnect()

    def test_submodules_and_enumerations(self):
        definition = adapter_driver("qcodes:qcodes.instrument_drivers.Lakeshore.LakeshoreModel336")
        self.assertEqual(schema_of(definition.properties["A_temperature"]), {"unit": "K", "type": "number"})
        self.assertIn("diode", schema_of(definition.properties["A_sensor_type"])["enum"])
        self.assertIn("output_1_set_setpoint_and_range", definition.methods)

    def test_a_simulated_instrument_of_visa(self):
        params = {"address": "GPIB::2::INSTR", "pyvisa_sim_file": "lakeshore_model336.yaml", "sample": ["A_temperature"]}
        definition = adapter_driver(f"qcodes:qcodes.instrument_drivers.Lakeshore.LakeshoreModel336?{json.dumps({'params': params})}")
        device = definition.make("temperature1", definition.check_params(params))
        device.connect()
        self.assertIsInstance(definition.source(device).read()["A_temperature"], float)
        device.disconnect()

    def test_what_a_constructor_asks_is_answered(self):
        for name in ("Keithley.Keithley2450", "Keithley.Keithley2601B", "yokogawa.YokogawaGS200", "agilent.Agilent34401A"):
            with self.subTest(name=name):
                definition = adapter_driver(f"qcodes:qcodes.instrument_drivers.{name}")
                self.assertGreater(len(definition.properties), 5)
        self.assertNotIn("resource", definition.describe()["params"].get("required", []))

    def test_nothing_is_opened_to_describe_it(self):
        import socket

        from qcodes.instrument import Instrument

        class Opens(Instrument):
            def __init__(self, name, **kwargs):
                super().__init__(name, **kwargs)
                socket.create_connection(("127.0.0.1", 2))

        import labdaemon.driver.adapters as adapters

        with self.assertRaisesRegex(DriverLoadError, "cannot be read without its instrument: PermissionError: it uses socket"):
            adapters.of_class("qcodes", Opens, {})


class Others(unittest.TestCase):
    def test_any_class(self):
        self.assertEqual(adapter_driver("python:fractions.Fraction").name, "Fraction")

    def test_what_is_no_class_is_refused(self):
        for spec, message in [
            ("matlab:a.B", '"matlab:a.B" is no class of a library'), ("python:Fraction", '"Fraction" is no class'),
            ("python:fractions.Nothing", "the module fractions has no class Nothing"),
            ("pymeasure:fractions.Fraction", "Fraction is no instrument of PyMeasure"),
            ("qcodes:pymeasure.instruments.fakes.SwissArmyFake", "SwissArmyFake is no instrument of QCoDeS"),
        ]:
            with self.assertRaisesRegex(DriverLoadError, message):
                adapter_driver(spec)
        with self.assertRaises(ModuleNotFoundError):
            adapter_driver("python:not_installed.Class")


if __name__ == "__main__":
    unittest.main()
