"""The errors that say that a connection is lost."""
import errno
import unittest

from labdaemon.host.connection_loss import is_loss


class VisaError(Exception):
    """As PyVISA's."""

    def __init__(self, error_code):
        super().__init__(f"VI_ERROR ({error_code})")
        self.error_code = error_code


class ConnectionLossTest(unittest.TestCase):
    def test_a_connection_that_was_open_and_a_device_that_is_gone_are_losses(self):
        for error in (ConnectionResetError(), BrokenPipeError(), OSError(errno.ENODEV, "No such device"),
                      VisaError(-1073807194)):
            self.assertTrue(is_loss(error), error)

    def test_other_failures_are_not(self):
        for error in (ConnectionRefusedError(), TimeoutError(), OSError(errno.EIO, "I/O"), ValueError(),
                      VisaError(-1073807339)):
            self.assertFalse(is_loss(error), error)

    def test_the_cause_of_an_error_of_a_library_counts(self):
        try:
            try:
                raise ConnectionResetError()
            except ConnectionResetError as error:
                raise RuntimeError("the meter does not answer") from error
        except RuntimeError as error:
            self.assertTrue(is_loss(error))


if __name__ == "__main__":
    unittest.main()
