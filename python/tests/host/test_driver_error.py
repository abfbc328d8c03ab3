from __future__ import annotations

import unittest

from labdaemon.host.driver_error import error_of


class DriverErrorTest(unittest.TestCase):
    def test_a_package_that_is_missing_later_is_an_error_with_the_command_that_installs_it(self) -> None:
        try:
            import no_such_package.part  # noqa: F401
        except ModuleNotFoundError as error:
            report = error_of(error, {})
        self.assertRegex(report["message"], r"^No module named 'no_such_package'.* Install it with: .*pip install .*no_such_package")

    def test_a_module_that_a_package_lacks_is_not_to_be_installed(self) -> None:
        try:
            import unittest.no_such_part  # noqa: F401
        except ModuleNotFoundError as error:
            report = error_of(error, {})
        self.assertNotIn("Install", report["message"])


if __name__ == "__main__":
    unittest.main()
