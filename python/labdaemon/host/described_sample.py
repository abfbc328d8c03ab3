"""The schema of a device's samples, as the device gives it once it is connected."""
from ..driver.schema.hints import kind_of

_WAYS = "return a JSON Schema as a dict, a type hint such as Annotated[float, Unit(\"V\")], or None"


def described_sample(device, perform):
    """The JSON Schema that ``describe_sample()`` gives, ``None`` if that is absent or returns ``None``. ``perform`` calls it."""
    describe = getattr(device, "describe_sample", None)
    if not callable(describe):
        return None
    found = perform(describe)
    if found is None or isinstance(found, dict):
        return found
    if isinstance(found, type) or hasattr(found, "__metadata__") or hasattr(found, "__origin__"):
        return kind_of(found).schema
    raise TypeError(f"describe_sample() has returned {type(found).__name__}: {_WAYS}")
