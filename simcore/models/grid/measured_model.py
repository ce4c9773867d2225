"""The part of a model of equations that answers what is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from pydantic import PrivateAttr

from simcore.errors import InvalidValueError
from simcore.models.grid import measures
from simcore.models.grid.array_measures import is_array, read_array_measure
from simcore.models.grid.equation import formula
from simcore.models.grid.measurement import PREFIXES, Asked, Measured, asked_formulas, expression_field
from simcore.models.grid.points import cell_of
from simcore.models.grid.whole_field import WholeField
from simcore.spec.model import Model
from simcore.spec.observables import ArrayObservable, Derived, Field, Observable
from simcore.spec.phases import Measurement

if TYPE_CHECKING:
    from simcore.models.grid.kernels import Kernels

_OF_ASKED = ("_measured", "_measuring", "halo", "_plan", "_control", "_discrete")
"""What depends on what is asked for."""


class MeasuredModel(Model):
    """What a subclass has: `grid`, `numbers`, `field_sections`, `formulas()`, `equations_system`, `halo`, `_checker`.

    `_system` builds the equations with further formulas, `_kernels` writes functions for a system.
    """

    _asked: Asked = PrivateAttr(default=Asked())

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    @cached_property
    def _measured(self) -> Measured:
        """What `asked` has asked for, as far as it can be read."""
        found, arrays = {}, {}
        for name, text in self._asked.observables.items():
            with suppress(ValueError):
                if is_array(text):
                    arrays[name] = read_array_measure(name, text, self._checker)
                else:
                    found[name] = measures.read_measure(name, text, self._checker)
        fields = tuple(name for name in self._asked.fields if name in self.formulas().expressions)
        cells = {one.array: one.cells for one in arrays.values() if not one.is_field}
        system = self._system(asked_formulas(found.values(), fields, cells), prefixes=PREFIXES)
        return Measured(system, found, (*fields, *cells), self._asked.steady, arrays)

    @cached_property
    def _measuring(self) -> Kernels:
        """Writes what is measured."""
        return self._kernels(self._measured.system, self.halo)

    def asked(self, observables: Mapping[str, str], fields: Sequence[str] = (), *, steady: bool = False) -> Self:
        """This model, ready to measure what an experiment asks for."""
        made = self.model_copy()
        for known in _OF_ASKED:
            made.__dict__.pop(known, None)
        made._asked = Asked(dict(observables), tuple(fields), steady)
        return made

    def measurement(self) -> Measurement:
        """What is worked out before observables and fields are taken, of what is asked for."""
        return self._measured.phases(self._measuring)

    def optional_fields(self) -> Sequence[Field]:
        """The named expressions."""
        named = self.formulas().expressions
        return [expression_field(name, one.value.text, self._blank) for name, one in named.items()]

    def observables(self) -> Sequence[Observable]:
        """Mean, least and greatest value of each field."""
        return [
            observable
            for name, section in self.field_sections.items()
            for observable in measures.standard(name, section.is_complex, self._measuring, self.numbers)
        ]

    def expressed(self, name: str, text: str) -> Sequence[Observable | ArrayObservable | Derived]:
        """An observable from a formula; see `measures` and `array_measures`. Raises InvalidValueError."""
        if self._asked.observables.get(name) != text:
            more = {**self._asked.observables, name: text}
            return self.asked(more, self._asked.fields, steady=self._asked.steady).expressed(name, text)
        try:
            if is_array(text):
                known = self._measured.arrays.get(name) or read_array_measure(name, text, self._checker)
                self._check_velocities(known.cells)
                return [known.observable]
            if name not in self._measured.measures:
                measures.read_measure(name, text, self._checker)
            self._check_velocities(formula(text).tree)
            return self._measured.observables(name, self._measuring, self.numbers)
        except ValueError as error:
            raise InvalidValueError(f"output.observables.{name}", str(error)) from None

    def rate_of_change(self) -> Observable | None:
        """The largest |du/dt| of all variables and cells. Raises InvalidValueError with noise."""
        if self.equations_system.noise:
            raise InvalidValueError("run.until", "with noise nothing comes to rest")
        if not self._asked.steady:
            return self.asked(self._asked.observables, self._asked.fields, steady=True).rate_of_change()
        return self._measured.rate_of_change(self._measuring)

    def _cells_of_points(self) -> Iterator[tuple[str, int]]:
        """The constants that hold the cells of the points of `at`."""
        every = (*self.equations_system.before, *self._measured.points)
        for item in every:
            if isinstance(item, WholeField) and item.point:
                yield from zip(item.cell, cell_of(item.point, self.grid, self.parameters.numbers), strict=True)
