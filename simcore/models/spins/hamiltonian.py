"""The section `hamiltonian`: what bonds, sites and plaquettes contribute to the energy, as an experiment writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.config import Section
from simcore.formulas import Expression
from simcore.models.array_file import SCHEMA as FILE_SCHEMA
from simcore.models.array_file import ArrayFile
from simcore.models.spins.disorder import DISORDER_SCHEMA, Disorder, read_disorder
from simcore.models.spins.formula_syntax import read_formula
from simcore.models.spins.spin import LARGEST
from simcore.models.table_file import SCHEMA as TABLE_SCHEMA
from simcore.models.table_file import TableFile, is_table


@dataclass(frozen=True)
class ByKind:
    """A formula for each kind of bond or plaquette; `given` has one entry under "" where it is the same for all."""

    given: Mapping[str, Expression]

    def of(self, kind: str) -> Expression | None:
        """The formula of a kind; None if it has none."""
        return self.given.get("", self.given.get(kind))

    def paths(self) -> Iterator[tuple[tuple[str, ...], str, Expression]]:
        """(path below the key, kind, formula) of each."""
        for kind, expression in self.given.items():
            yield (kind,) if kind else (), kind, expression

    def keys(self) -> Any:
        """As it is written in an experiment."""
        written = {kind: expression.text for kind, expression in self.given.items()}
        return written.get("", written)


def read_by_kind(value: object) -> ByKind:
    """From a formula, or one for each kind; raises ValueError."""
    if isinstance(value, ByKind):
        return value
    if isinstance(value, Mapping):
        return ByKind({str(kind): _of_kind(str(kind), formula) for kind, formula in value.items()})
    return ByKind({"": read_formula(value)})


def _of_kind(kind: str, formula: object) -> Expression:
    try:
        return read_formula(formula)
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None


Coupling = Disorder | Expression | ArrayFile | Mapping[str, float]
"""Drawn for each bond, a formula of its place, read from a file, or a number for each kind of bond."""


def read_coupling(value: object, info: ValidationInfo) -> Coupling:
    """From the value of a key under `couplings`; raises ValueError."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, Disorder | ArrayFile) else read_formula(value)
    if "random" in value or "file" in value:
        return _given_by_place(value, info)
    if not value:
        raise ValueError("must be {random: ...}, {file: J.npy}, a formula of the position, or {nn: 1.0}, not {}")
    for kind, number in value.items():
        if not isinstance(number, int | float) or isinstance(number, bool) or not abs(number) <= LARGEST:
            raise ValueError(f"{kind} must be a number up to {LARGEST:g}, not {number!r:.60}")
    return {str(kind): float(number) for kind, number in value.items()}


SiteField = Disorder | Expression | ArrayFile
"""Drawn for each site, a formula of its place, or read from a file."""


def read_field(value: object, info: ValidationInfo) -> SiteField:
    """From the value of a key under `fields`; raises ValueError."""
    if isinstance(value, Disorder | Expression | ArrayFile):
        return value
    return _given_by_place(value, info) if isinstance(value, Mapping) else read_formula(value)


def _given_by_place(value: Mapping[str, Any], info: ValidationInfo) -> Disorder | ArrayFile:
    if "random" in value:
        return read_disorder(value)
    return (TableFile if is_table(value) else ArrayFile).read(value, (info.context or {}).get("directory", "."))


def _written(value: Any) -> Any:
    return value.text if isinstance(value, Expression) else value if isinstance(value, Mapping) else value.keys()


_FORMULA = {"anyOf": [{"type": "string"}, {"type": "number"}]}
_BY_KIND = {"anyOf": [*_FORMULA["anyOf"], {"type": "object", "additionalProperties": _FORMULA}]}
_NUMBERS = {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1}

FormulaKey = Annotated[
    Expression, BeforeValidator(read_formula), PlainSerializer(str, return_type=str), WithJsonSchema(_FORMULA)
]
ByKindKey = Annotated[ByKind, BeforeValidator(read_by_kind), PlainSerializer(ByKind.keys), WithJsonSchema(_BY_KIND)]
CouplingKey = Annotated[
    Any,
    BeforeValidator(read_coupling),
    PlainSerializer(_written),
    WithJsonSchema({"anyOf": [_NUMBERS, *_FORMULA["anyOf"], DISORDER_SCHEMA, FILE_SCHEMA, TABLE_SCHEMA]}),
]
FieldKey = Annotated[
    Any,
    BeforeValidator(read_field),
    PlainSerializer(_written),
    WithJsonSchema({"anyOf": [*_FORMULA["anyOf"], DISORDER_SCHEMA, FILE_SCHEMA, TABLE_SCHEMA]}),
]


class Hamiltonian(Section):
    """The energy: a sum over all bonds, sites and plaquettes."""

    bonds: ByKindKey = Field(default=ByKind({}), description="formula of a and b, or {kind: formula}")
    sites: FormulaKey | None = Field(default=None, description="formula of a, and of the place of the site")
    plaquettes: ByKindKey = Field(default=ByKind({}), description="formula of a, b, c, ..., or {kind: formula}")
    couplings: dict[str, CouplingKey] = Field(
        default={},
        description="name: {random: {choice: [-1, 1]}, seed: 5}, {file: J.npy} or a formula of the position, "
        "for each bond, or {kind: number}",
    )
    fields: dict[str, FieldKey] = Field(
        default={}, description="name: formula of the place, {random: ..., seed: ...} or {file: h.npy}, for each site"
    )


def kinds_meant(hamiltonian: Hamiltonian, usual: Collection[str], plaquettes: Collection[str]) -> set[str]:
    """The kinds of bonds and plaquettes that have an energy.

    One formula for all bonds is that of the `usual` kinds; with couplings given for each kind, of the kinds that these
    list. One for all plaquettes is that of all `plaquettes`.
    """
    return _meant(hamiltonian, hamiltonian.bonds, usual) | _meant(hamiltonian, hamiltonian.plaquettes, plaquettes)


def _meant(hamiltonian: Hamiltonian, formulas: ByKind, usual: Collection[str]) -> set[str]:
    if "" not in formulas.given:
        return set(formulas.given)
    couplings = (hamiltonian.couplings.get(name) for name in formulas.given[""].names)
    listed = {kind for coupling in couplings if isinstance(coupling, Mapping) for kind in coupling}
    return listed or set(usual)
