"""Instruments of QCoDeS: their parameters with label, unit and validator, and those of their submodules."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from ..errors import DriverLoadError, InvalidInput
from ..members import Method, Property, methods_of
from ..marks import Mark
from ..schema import kinds
from ..schema.check import Schema
from ..schema.marked import marked
from ..schema.kinds import Kind
from .answers import Answers, make_with, texts_of
from .library import LibraryDefinition, any_of, number
from .without_instrument import without_instrument

Path = Tuple[str, ...]

#: Parameters whose values are arrays: for samples, too large for a panel.
_ARRAYS = ("ParameterWithSetpoints", "ArrayParameter", "MultiParameter", "MultiChannelInstrumentParameter")


#: An address for those that look at theirs: the port is that of Oxford's Mercury.
_ADDRESS = "TCPIP0::192.0.2.1::7020::SOCKET"


class QCoDeSDefinition(LibraryDefinition):
    """A driver from an instrument of QCoDeS. Its parameters are known once it is made: here, without its instrument."""

    def __init__(self, cls: Any, params: Dict[str, Any]):
        self._example = {key: it for key, it in params.items() if key != "sample"}
        self._arrays: Dict[str, Tuple[Schema, Callable[[Any], Any]]] = {}
        super().__init__(cls, skip=("name",))

    def find_members(self) -> Tuple[List[Method], List[Property]]:
        methods: List[Method] = []
        properties: List[Property] = []
        try:
            values = self._params.values(self._with_required())
        except (InvalidInput, ValueError, TypeError) as error:
            raise DriverLoadError(f"its params do not fit: {error}") from error
        instrument = self._without_instrument(values)
        try:
            for path, its in _objects(instrument):
                prefix = "".join(f"{it}_" for it in path)
                for name, parameter in its.parameters.items():
                    self._add(f"{prefix}{name}", name, parameter, path, properties)
                for name, method in methods_of(type(its), _is_library, ("close",)).items():
                    method.name, method.target = f"{prefix}{name}", _attribute(path, name)
                    methods.append(method)
        finally:
            self.close(instrument)
        return methods, properties

    def _without_instrument(self, values: Dict[str, Any]) -> Any:
        is_simulated = "pyvisa_sim_file" in values or str(values.get("visalib", "")).endswith("@sim")
        answers = None if is_simulated else Answers(_model(self.cls), texts_of(self.cls))
        try:
            with without_instrument(answers):
                make = lambda: self.open("labdaemon_describes", dict(values))
                return make_with(answers, make) if answers else make()
        except Exception as error:
            raise DriverLoadError(
                f"the parameters of {self.cls.__name__} cannot be read without its instrument: {type(error).__name__}: {error}"
            ) from error

    def more_readable(self) -> Dict[str, Tuple[Schema, Callable[[Any], Any]]]:
        return self._arrays

    def open(self, device_id: str, values: Dict[str, Any]) -> Any:
        name = re.sub(r"\W", "_", device_id)
        return self._params.call(self.cls, {"name": name if name[:1].isalpha() else f"it_{name}", **values})

    def close(self, instrument: Any) -> None:
        instrument.close()

    def _with_required(self) -> Dict[str, Any]:
        """The params of the device, with some value for each other that is required."""
        some = {"number": 1, "integer": 1, "boolean": False, "array": [], "object": {}}
        required = {
            name: _ADDRESS if name == "address" else some.get(str(it.kind.schema.get("type")), "")
            for name, it in self._params.fields.items()
            if it.required
        }
        return {**required, **self._example}

    def _add(self, full: str, name: str, parameter: Any, path: Path, properties: List[Property]) -> None:
        if not full.isidentifier() or not full.isascii():
            return
        find = _attribute(path, "parameters")
        can_get = bool(getattr(parameter, "gettable", hasattr(parameter, "get")))
        can_set = bool(getattr(parameter, "settable", False))
        get = (lambda it: find(it)[name].get()) if can_get else None
        set = (lambda it, value: find(it)[name].set(value)) if can_set else None
        if any(it.__name__ in _ARRAYS for it in type(parameter).__mro__):
            if get:
                self._arrays[full] = ({**_texts(parameter), "type": "array", "items": {}}, get)
        elif get or set:
            properties.append(Property(full, _kind(parameter), str(getattr(parameter, "label", "") or ""), get, set))


def _model(cls: Any) -> str:
    """The model in the name of a class: ``GS200`` of ``YokogawaGS200``."""
    match = re.search(r"[A-Z]*\d\w*$", cls.__name__)
    return match[0] if match else cls.__name__


def _objects(instrument: Any, path: Path = ()) -> Iterator[Tuple[Path, Any]]:
    """An instrument and its submodules, with the names that lead there; without lists of channels, which repeat them."""
    yield path, instrument
    for name, module in instrument.submodules.items():
        if hasattr(module, "parameters") and hasattr(module, "submodules") and len(path) < 4:
            yield from _objects(module, (*path, name))


def _is_library(base: type) -> bool:
    package = base.__module__.partition(".")[0]
    return package in ("builtins", "abc", "typing") or (
        package == "qcodes" and not base.__module__.startswith("qcodes.instrument_drivers")
    )


def _texts(parameter: Any) -> Dict[str, str]:
    unit = getattr(parameter, "unit", "")
    return {"unit": unit} if isinstance(unit, str) and unit else {}


def _kind(parameter: Any) -> Kind:
    """The type of a parameter, by its mapping of values or its validators."""
    mapping = getattr(parameter, "val_mapping", None)
    texts = _texts(parameter)
    if mapping:
        return marked(any_of(list(mapping)), Mark(texts))
    validators = getattr(parameter, "validators", ()) or ()
    kind = _of_validator(validators[0]) if validators else number() if texts else kinds.any_kind()
    return marked(kind, Mark(texts))


def _of_validator(validator: Any) -> Kind:
    names = [it.__name__ for it in type(validator).__mro__]
    if "Bool" in names:
        return Kind({"type": "boolean"})
    if "Enum" in names or "LiteralValidator" in names or "OnOff" in names:
        values = getattr(validator, "values", None) or validator.valid_values
        return any_of(sorted(values, key=lambda it: (str(type(it)), it if isinstance(it, (int, float)) else str(it))))
    if "Strings" in names:
        return Kind({"type": "string", **_limited("minLength", validator.min_length), **_limited("maxLength", validator.max_length)})
    if "MultiTypeOr" in names:
        return kinds.union([_of_validator(it) for it in validator.validators])
    limits = {
        **_limited("minimum", getattr(validator, "min_value", None)),
        **_limited("maximum", getattr(validator, "max_value", None)),
        **({"multipleOf": validator.divisor} if hasattr(validator, "divisor") else {}),
    }
    if "Ints" in names:
        return Kind({**kinds.integer().schema, **limits}, int)
    if "Numbers" in names or "PermissiveMultiples" in names:
        return number(**limits)
    if "ComplexNumbers" in names:
        return kinds.number_pair()
    return kinds.sequence(kinds.any_kind()) if "Arrays" in names else kinds.any_kind()


def _limited(key: str, limit: Any) -> Dict[str, float]:
    """A limit, if it limits: the library has very large numbers for none."""
    if limit is None or not abs(limit) < 1e15 or (key == "minLength" and limit == 0):
        return {}
    number = limit.item() if hasattr(limit, "item") else limit
    return {} if key == "maxLength" and number >= 1e9 else {key: number}


def _attribute(path: Path, *more: str) -> Callable[[Any], Any]:
    def find(device: Any) -> Any:
        it = device.instrument
        for name in path:
            it = it.submodules[name]
        for name in more:
            it = getattr(it, name)
        return it

    return find
