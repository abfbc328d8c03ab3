"""The files and the interpreter of a driver are found without running it."""
import os
import tempfile
import unittest

from labdaemon.host.list_imports import list_imports

FILES = {
    "laser.py": "import _scale, json, numpy\nfrom optics import mirrors\nraise SystemExit('it runs')\n"
                "@labdaemon.driver.driver(name='Laser', python='envs/laser')\nclass Laser: pass\n",
    "_scale.py": "def scale():\n    import _units\n",
    "_units.py": "from _scale import scale\n",
    "json.py": "",
    "unused.py": "",
    "optics/__init__.py": "from .lenses import LENS\n",
    "optics/mirrors.py": "from ..optics import lenses\n",
    "optics/lenses.py": "LENS = 1\n",
    "broken.py": "import _scale\nclass\n",
    "numpy.py": "import numpy\n",
}


class TestListImports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "optics"))
        for name, text in FILES.items():
            with open(os.path.join(self.folder, name), "w") as file:
                file.write(text)

    def found(self, name):
        found = list_imports(os.path.join(self.folder, name))
        return [os.path.relpath(it, self.folder) for it in found["files"]], found["python"]

    def test_it_follows_modules_and_packages_of_the_folder_and_no_others(self):
        expected = ["_scale.py", "_units.py", "laser.py", "numpy.py", "optics/__init__.py", "optics/lenses.py",
                    "optics/mirrors.py"]
        self.assertEqual(self.found("laser.py"), (expected, "envs/laser"))

    def test_a_file_that_cannot_be_parsed_has_no_imports(self):
        self.assertEqual(self.found("broken.py"), (["broken.py"], None))

    def test_a_driver_that_imports_a_package_of_its_own_name_does_not_import_itself(self):
        self.assertEqual(self.found("numpy.py"), (["numpy.py"], None))


if __name__ == "__main__":
    unittest.main()
