"""All instruments of PyMeasure and QCoDeS, unchanged: described without an instrument, and QCoDeS's own simulations driven."""

import contextlib
import importlib
import io
import json
import logging
import pkgutil
import unittest
import warnings

import yaml
from labdaemon.driver import adapters
from labdaemon.driver.definition import adapter_driver
from labdaemon.driver.errors import DriverLoadError

# PyVISA-sim reads its simulations, which are long, by this name: the reader in C takes a tenth of the time.
yaml.loader.BaseLoader = getattr(yaml, "CBaseLoader", yaml.loader.BaseLoader)

#: The classes of QCoDeS that are not described, by the reason.
NOT_DESCRIBED = {
    "it is the base of others, and has no limits or models of its own": [
        "CopperMountain._M5xxx.CopperMountainM5xxx", "Keysight.N52xx.KeysightPNABase", "Keysight.N52xx.KeysightPNAxBase",
        "rigol.private.DP8xx.RigolDP8xxBase",
    ],
    "it is made of other instruments": [
        "AlazarTech.ATS.AcquisitionController", "AlazarTech.ATS_acquisition_controllers.DemodulationAcquisitionController",
        "AlazarTech.ATS_acquisition_controllers.Demodulation_AcquisitionController",
        "american_magnetics.AMI430_visa.AMIModel4303D",
    ],
    "it needs a param that has a default": [
        "rohde_schwarz.RTO1000.RTO1000", "rohde_schwarz.RTO1000.RohdeSchwarzRTO1000",
        "mock_instruments.SnapShotTestInstrument",
    ],
    "it looks for its board in a library in C": [
        "AlazarTech.ATS9360.AlazarTechATS9360", "AlazarTech.ATS9360.AlazarTech_ATS9360", "AlazarTech.ATS9373.AlazarTechATS9373",
        "AlazarTech.ATS9373.AlazarTech_ATS9373", "AlazarTech.ATS9870.AlazarTechATS9870", "AlazarTech.ATS9870.AlazarTech_ATS9870",
    ],
    "it checks answers that only its instrument gives": [
        "Harvard.Decadac.HarvardDecadac", "QDev.QDac_channels.QDac", "QDev.QDac_channels.QDevQDac", "stahl.stahl.Stahl",
    ],
    "its constructor fails with an instrument, too": [
        "QuantumDesign.DynaCoolPPMS.DynaCool.DynaCool", "mock_instruments.DummyFailingInstrument",
        "rigol.Rigol_DP831.RigolDP831",
    ],
}

#: Simulations of QCoDeS: the file, the class, the address, other params, and a property with its value, if it has one that answers
#: at once.
SIMULATED = [
    ("AMI430", "american_magnetics.AMIModel430", "GPIB::1::INSTR", {"terminator": "\n"}, "coil_constant", 2),
    ("AimTTi_PL601P", "AimTTi.AimTTiPL601", "GPIB::1::INSTR", {}, None, None),
    ("CopperMountain_M5065", "CopperMountain.CopperMountainM5065", "TCPIP0::localhost::hislip0::INSTR", {}, "power", -20),
    ("CopperMountain_M5180", "CopperMountain.CopperMountainM5180", "TCPIP0::localhost::hislip0::INSTR", {}, None, None),
    ("Keithley_2450", "Keithley.Keithley2450", "GPIB::2::INSTR", {}, "sense_function", "current"),
    ("Keithley_2600", "Keithley.Keithley2614B", "GPIB::1::INSTR", {}, "smua_linefreq", 50),
    ("Keithley_2600", "Keithley.Keithley2601B", "GPIB::2::INSTR", {}, "smua_volt", 0),
    ("Keithley_3706A", "Keithley.Keithley3706A", "GPIB::11::INSTR", {}, None, None),
    ("Keithley_s46", "Keithley.KeithleyS46", "GPIB::2::INSTR", {}, "A1", "close"),
    ("keithley_7510", "Keithley.Keithley7510", "GPIB::1::INSTR", {}, "sense_function", "voltage"),
    ("Keysight_33xxx", "Keysight.Keysight33512B", "GPIB::1::INSTR", {}, "sync_output", "OFF"),
    ("Keysight_34465A", "Keysight.Keysight34465A", "GPIB::1::INSTR", {}, "volt", 10),
    ("Keysight_E4980A", "Keysight.KeysightE4980A", "GPIB::1::INSTR", {}, "voltage_level", 0),
    ("Keysight_N6705B", "Keysight.KeysightN6705B", "GPIB::1::INSTR", {}, None, None),
    ("Keysight_N9030B", "Keysight.KeysightN9030B", "GPIB::1::INSTR", {}, "sa_stop", 10_000),
    ("keysight_34980A", "Keysight.Keysight34980A", "GPIB::1::INSTR", {}, "slot_1_34934A_protection_mode", "AUTO100"),
    ("keysight_b1500", "Keysight.KeysightB1500", "GPIB::1::INSTR", {}, "smu1_voltage", 0),
    ("keysight_b220x", "Keysight.KeysightB220X", "GPIB::1::INSTR", {}, "get_status", 0),
    ("MercuryiPS", "oxford.OxfordMercuryiPS", "GPIB::1::INSTR", {}, "x_measured", 0),
    ("RSSGS100A", "rohde_schwarz.RohdeSchwarzSGS100A", "GPIB::1::INSTR", {}, "frequency", 1_000_000),
    ("RTO_1000", "rohde_schwarz.RohdeSchwarzRTO1000", "GPIB::1::INSTR", {"model": "RTO1024"}, None, None),
    ("Rigol_DS1074Z", "rigol.RigolDS1074Z", "GPIB::1::INSTR", {}, "waveform_npoints", 5),
    ("Weinschel_8320", "weinschel.Weinschel8320", "GPIB::1::INSTR", {}, None, None),
    ("Yokogawa_GS200", "yokogawa.YokogawaGS200", "GPIB::1::INSTR", {}, "source_mode", "VOLT"),
    ("cryo4g", "cryomagnetics.CryomagneticsModel4G", "GPIB::1::INSTR",
     {"max_current_limits": {"0": [0.0, 0.0]}, "coil_constant": 10.0}, "units", "T"),
    ("cryo_tm620", "cryomagnetics.CryomagneticsModelTM620", "GPIB0::1::INSTR", {}, None, None),
    ("lakeshore_model335", "Lakeshore.LakeshoreModel335", "GPIB::2::INSTR", {}, "A_temperature", 100),
    ("lakeshore_model336", "Lakeshore.LakeshoreModel336", "GPIB::2::INSTR", {}, "B_temperature", 100),
    ("lakeshore_model372", "Lakeshore.LakeshoreModel372", "GPIB::3::INSTR", {}, "ch01_temperature", 4),
    ("stahl", "stahl.Stahl", "ASRL3", {}, "channel1_voltage", -1.2),
]


def classes_of(package, kind, is_instrument):
    """The classes of all modules that can be imported here, by their paths below the package."""
    found = {}
    parent = importlib.import_module(package)
    for module in pkgutil.walk_packages(parent.__path__, f"{package}.", onerror=lambda _: None):
        try:
            names = vars(importlib.import_module(module.name))
        except Exception:
            continue  # It needs a library of its manufacturer.
        for cls in names.values():
            is_own = isinstance(cls, type) and cls.__module__ == module.name
            if is_own and adapters.kind_of(cls) == kind and is_instrument(cls):
                found[f"{cls.__module__}.{cls.__qualname__}".removeprefix(f"{package}.")] = cls
    return found


def described(kind, classes):
    """The classes of which a daemon gets a description, and the reasons for the others."""
    well, others = {}, {}
    for name, cls in classes.items():
        try:
            definition = adapters.of_class(kind, cls, {})
            size = len(json.dumps(definition.describe(), allow_nan=False))
        except DriverLoadError as error:
            others[name] = str(error)
        else:
            # A description may have 256 KiB.
            assert size < 256 * 1024, (name, size)
            well[name] = definition
    return well, others


class AllInstruments(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def test_every_class_of_pymeasure_is_described(self):
        well, others = described("pymeasure", classes_of("pymeasure.instruments", "pymeasure", lambda _: True))
        self.assertEqual(others, {})
        self.assertGreaterEqual(len(well), 305)
        self.assertGreater(sum(len(it.properties) for it in well.values()), 3000)

    def test_the_instruments_of_qcodes_are_described_but_for_a_few(self):
        from qcodes.instrument import Instrument

        classes = classes_of("qcodes.instrument_drivers", "qcodes", lambda cls: issubclass(cls, Instrument))
        well, others = described("qcodes", classes)
        self.assertEqual(sorted(others), sorted(sum(NOT_DESCRIBED.values(), [])))
        self.assertGreaterEqual(len(well), 155)
        self.assertGreater(sum(len(it.properties) for it in well.values()), 3000)

    def test_the_simulations_of_qcodes_are_opened_and_read(self):
        for file, cls, address, more, name, value in SIMULATED:
            with self.subTest(cls):
                params = {"address": address, "pyvisa_sim_file": f"{file}.yaml", **more}
                spec = f"qcodes:qcodes.instrument_drivers.{cls}?{json.dumps({'params': params})}"
                definition = adapter_driver(spec)
                device = definition.make("simulated1", definition.check_params(params))
                device.connect()
                try:
                    if name is not None:
                        self.assertEqual(definition.properties[name].get(device), value)
                finally:
                    device.disconnect()


if __name__ == "__main__":
    unittest.main()
