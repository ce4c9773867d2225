"""Every name that a result will hold, before the first step: two things of one name would overwrite each other.

A result is netCDF: within a group a variable, a coordinate and a dimension of one name are one thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simcore.compiler.reserved_names import place_of
from simcore.errors import InvalidValueError
from simcore.spec.model import Model
from simcore.spec.observables import Derived, Field, Observable

DIMENSIONS = ("step", "time", "replica", "point")
"""What the engine calls coordinates and dimensions, of a run and of a sweep."""

ENDINGS = {
    "_error": "standard error",
    "_tau": "autocorrelation time",
    "_ess": "number of independent samples",
    "_caution": "cautions",
    "_cautions": "cautions",
    "_chi2": "chi-square over replicas",
    "_r_hat": "R-hat over replicas",
}
"""What a result, that of a sweep, a table of it or `simcore.pooled` has beside each estimate."""


def check_measured(
    model: Model, observables: Sequence[Observable], derived: Sequence[Derived], own: Mapping[str, str]
) -> None:
    """The names of series and estimates. own: those that the experiment gives, and the formula of each.

    An experiment may ask for what is measured without being asked: `mean_v: "mean(v)"`. Raises InvalidValueError at
    the name.
    """

    def refusal(name: str, reason: str) -> InvalidValueError:
        path = f"output.observables.{name}" if name in own else "model"
        return InvalidValueError(path, f"the observable '{name}': {reason}; choose another name")

    seen: dict[str, Observable | Derived] = {}
    every: list[Observable | Derived] = [*observables, *derived]
    for one in every:
        name = one.name
        if not _is_name(name):
            raise refusal(str(name), "a name is printable text without '/'")
        if name in DIMENSIONS:
            raise refusal(name, "the result has a coordinate of this name")
        if name in seen and not (_is_hidden(one) and one == seen[name]) and not _is_asked_for(seen[name], own):
            raise refusal(name, "there are two of this name")
        seen[name] = one
    shown = [name for name, one in seen.items() if not _is_hidden(one)]
    for name in shown:
        for ending, meaning in ENDINGS.items():
            if (taken := f"{name}{ending}") in shown:
                blamed = name if name in own and taken not in own else taken
                raise refusal(blamed, f"'{taken}' is what the result calls the {meaning} of '{name}'")


def returned_name_fault(
    name: object, observables: Sequence[Observable], derived: Sequence[Derived], returned: Sequence[object]
) -> str:
    """What is wrong with the name of a number that a callback returns; empty if nothing is.

    returned: further names of such numbers.
    """
    if not _is_name(name):
        return f"it returned {name!r:.60}: a name is printable text without '/'"
    if name in DIMENSIONS:
        return f"'{name}' is a coordinate of the result; choose another name"
    measured = [*(one.name for one in observables), *(one.name for one in derived)]
    if name in measured:
        return f"'{name}' is the name of an observable; choose another name"
    for other in (*measured, *returned):
        for ending, meaning in ENDINGS.items():
            for short, long in ((name, other), (other, name)):
                if long == f"{short}{ending}":
                    return f"'{long}' is what the result calls the {meaning} of '{short}'; choose another name"
    return ""


def _is_asked_for(one: Observable | Derived, own: Mapping[str, str]) -> bool:
    """Whether the formula that the experiment gives under its name says the same: `mean(v)` for `mean_v`."""
    if not isinstance(one, Observable) or one.of:
        return False
    return own.get(one.name, "").replace(" ", "") == f"{one.reduce}({one.name.removeprefix(f'{one.reduce}_')})"


def _is_hidden(one: Observable | Derived) -> bool:
    return isinstance(one, Observable) and one.hidden


def check_fields(model: Model, fields: Sequence[Field], arrays: Mapping[str, object], axes: Sequence[str]) -> None:
    """The names of fields, their arrays and axes. Raises InvalidValueError."""
    taken = (*DIMENSIONS, *axes)
    seen: set[str] = set()
    for field in fields:
        name = field.name
        if not _is_name(name):
            raise InvalidValueError("model", f"the field '{name}': a name is printable text without '/'")
        if name in taken:
            raise InvalidValueError(
                place_of(model, name), f"'{name}' is a coordinate of the result; no array of it has this name"
            )
        if name in seen:
            raise InvalidValueError(place_of(model, name), f"two fields of the result have the name '{name}'")
        seen.add(name)
        _check_parts(field, arrays)
    for field in fields:
        for axis in field.axes:
            if not _is_name(axis) or axis in taken or axis in seen or field.axes.count(axis) > 1:
                raise InvalidValueError(
                    "model", f"the axis '{axis}' of the field '{field.name}' needs a name of its own"
                )


def _check_parts(field: Field, arrays: Mapping[str, object]) -> None:
    for array in field.of:
        if array not in arrays:
            raise InvalidValueError(
                "model", f"the field '{field.name}' is made of '{array}'; the arrays are {', '.join(arrays)}"
            )
    if not field.of or (field.assemble is None and (len(field.of) > 1 or field.axes)):
        raise InvalidValueError(
            "model", f"the field '{field.name}' needs one array, or assemble= that makes it of several"
        )


def _is_name(name: object) -> bool:
    """Whether it can name a data set of HDF5."""
    return isinstance(name, str) and name.strip() == name != "" and name.isprintable() and "/" not in name != "."
