"""Arrays of numpy, pandas, ``array.array`` and ``ctypes`` as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, List, Optional

from .errors import NotSerializable

if TYPE_CHECKING:
    from .values import Writer

#: The names of element types by the letter of their format, as in ``struct``; the integers' sizes depend on the machine.
_FLOATS = {"e": "float16", "f": "float32", "d": "float64"}
_SIGNED, _UNSIGNED = "bhilqn", "BHILQN"

#: The element types that a reader knows.
_DTYPES = frozenset(
    ["float16", "float32", "float64"] + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)


def write_array(writer: Writer, value: Any, depth: int) -> bool:
    """Writes an array or a scalar of numpy. Returns false for any other value."""
    numpy = sys.modules.get("numpy")
    ndarray = getattr(numpy, "ndarray", None)
    if ndarray is not None:
        if isinstance(value, numpy.generic):
            writer.write(_scalar(value), depth)
            return True
        plain = _of_pandas(value)
        if plain is not value:
            writer.write(plain, depth + 1)
            return True
        if not isinstance(value, ndarray) and hasattr(type(value), "__array__"):
            value = numpy.asarray(value)
        if isinstance(value, ndarray):
            _numpy_array(writer, numpy, value, depth)
            return True
    return _buffer(writer, value, depth)


def _scalar(value: Any) -> Any:
    """A scalar of numpy as one of Python."""
    plain = value.item()
    if value.dtype.kind == "m":
        return None if value != value else value / type(value)(1, "us") / 1e6
    if value.dtype.kind == "M":
        return _times(value.reshape(1))[0]
    # A long double has no other form than itself.
    return float(value) if type(plain) is type(value) else plain


def _of_pandas(value: Any) -> Any:
    pandas = sys.modules.get("pandas")
    if pandas is None or not hasattr(pandas, "DataFrame"):
        return value
    if value is pandas.NaT or value is getattr(pandas, "NA", None):
        return None
    if isinstance(value, pandas.DataFrame):
        return {name: value[name].to_numpy() for name in value.columns}
    return value.to_numpy() if isinstance(value, (pandas.Series, pandas.Index)) else value


def _numpy_array(writer: Writer, numpy: Any, array: Any, depth: int) -> None:
    if array.ndim == 0:
        return writer.write(array[()], depth + 1)
    kind = array.dtype.kind
    masked = _mask_of(numpy, array)
    if array.dtype.names:
        return writer.write({name: array[name] for name in array.dtype.names}, depth + 1)
    if kind == "c":
        return writer.write({"re": array.real, "im": array.imag}, depth + 1)
    if kind == "m":
        array, kind = array / numpy.timedelta64(1, "us") / 1e6, "f"
    if kind == "M":
        return writer.write(_times(array), depth + 1)
    if kind == "f" and masked is not None:
        array, masked = array.filled(numpy.nan), None
    if writer.arrays == "base64" and kind in "fiub" and masked is None:
        return _packed(writer, *_named(numpy, array), array.shape)
    if kind == "f":
        if array.dtype.itemsize > 8:
            array = array.astype("float64")
        if array.ndim == 1 and not numpy.isfinite(array).all():
            return writer.write([it if it - it == 0 else None for it in array.tolist()], depth + 1)
    writer.write(array.tolist(), depth + 1)


def _mask_of(numpy: Any, array: Any) -> Optional[Any]:
    ma = sys.modules.get("numpy.ma")
    return array.mask if ma is not None and isinstance(array, ma.MaskedArray) and array.mask.any() else None


def _times(array: Any) -> List[Any]:
    """Times of numpy, which are in UTC and have no zone."""
    texts = array.astype("datetime64[us]").astype(str).tolist()
    return _each(texts, lambda it: None if it == "NaT" else f"{it}Z")


def _each(value: Any, change: Any) -> Any:
    return [_each(it, change) for it in value] if isinstance(value, list) else change(value)


def _named(numpy: Any, array: Any) -> Any:
    """The name of an element type that readers know, and the array in it, little-endian and in one piece."""
    dtype = array.dtype
    name = {"b": "uint8"}.get(dtype.kind, dtype.name)
    if name not in _DTYPES:
        name = "float64"
    array = numpy.ascontiguousarray(array, dtype=numpy.dtype(name).newbyteorder("<") if dtype.kind != "b" else None)
    # A view of bytes, without a copy.
    return name, memoryview(array).cast("B") if array.size else b""


def _buffer(writer: Writer, value: Any, depth: int) -> bool:
    """Writes what has the buffer protocol: ``array.array``, an array of ``ctypes``, a ``memoryview``."""
    try:
        view = memoryview(value)
    except TypeError:
        return False
    order, letter = view.format[:-1], view.format[-1:]
    if letter in "BcSs" and order in ("", "<", "@", "=") and isinstance(value, memoryview):
        writer.write(view.tobytes(), depth)
        return True
    name = _FLOATS.get(letter)
    if letter in _SIGNED or letter in _UNSIGNED:
        name = f"{'u' if letter in _UNSIGNED else ''}int{view.itemsize * 8}"
    is_native = order in ("", "@", "=", "<" if sys.byteorder == "little" else ">")
    if name is None or not is_native or view.ndim == 0:
        return _items(writer, value, depth)
    if writer.arrays == "base64" and sys.byteorder == "little":
        _packed(writer, name, view.cast("B") if view.contiguous and view.nbytes else view.tobytes(), view.shape)
    else:
        # ctypes says "<d" for "d", which tolist does not know.
        plain = view.cast("B").cast(letter, view.shape) if order and view.nbytes else view
        writer.write(plain.tolist() if view.nbytes else [], depth + 1)
    return True


def _items(writer: Writer, value: Any, depth: int) -> bool:
    """Writes an array of another kind item by item: characters, booleans, structures."""
    if not hasattr(value, "__getitem__") or not hasattr(value, "__len__"):
        raise NotSerializable(f"it holds a {type(value).__name__}")
    items = list(value)
    is_text = bool(items) and all(isinstance(it, str) for it in items)
    writer.write("".join(items) if is_text else items, depth + 1)
    return True


def _packed(writer: Writer, name: str, data: Any, shape: Any) -> None:
    import binascii

    lengths = ",".join(str(it) for it in shape)
    writer.raw(f'{{"dtype":"{name}","shape":[{lengths}],"base64":"'.encode())
    writer.raw(binascii.b2a_base64(data, newline=False))
    writer.raw(b'"}')
