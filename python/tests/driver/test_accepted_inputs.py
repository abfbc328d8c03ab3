"""The inputs of methods that check-driver tries."""

import unittest
from typing import List, Optional, Union

from labdaemon.driver.definition import Definition
from labdaemon.testing.accepted_inputs import accepted_inputs


class Supply:
    def __init__(self):
        pass

    def ramp(self, volts: float, label: Optional[str] = None, points: Optional[List[float]] = None):
        pass

    def set_range(self, volts: Union[float, str]):
        pass

    def write(self, text):
        pass


class AcceptedInputs(unittest.TestCase):
    def problems(self, name: str):
        return accepted_inputs(Definition(Supply).methods[name])

    def test_an_argument_that_may_be_none_does_not_take_anything(self):
        self.assertEqual(self.problems("ramp"), [])

    def test_an_argument_of_two_types_does_not_take_anything(self):
        self.assertEqual(self.problems("set_range"), [])

    def test_an_argument_without_a_type_hint_takes_anything(self):
        self.assertEqual(self.problems("write"), ['anything for "text": give it a type hint'])


if __name__ == "__main__":
    unittest.main()
