"""All that can be wrong with the formulas of a Hamiltonian on a lattice, each fault with its place in the section."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from simcore.config import hint
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.cell_functions import FUNCTIONS as CELL_FUNCTIONS
from simcore.formulas.vocabulary import CONSTANTS, FUNCTIONS
from simcore.models.spins.formula_syntax import CALLABLE, LETTERS
from simcore.models.spins.graphs.graph import RESERVED
from simcore.models.spins.hamiltonian import ByKind
from simcore.models.spins.interactions import BASIS, INDICES, Interactions
from simcore.models.spins.spin_arrays import SpinArrays
from simcore.spec.arrays import AXES

Path = tuple[str, ...]
TAKEN = {
    *(*AXES, BASIS, *INDICES, *FUNCTIONS, *CALLABLE, *CONSTANTS, *CELL_FUNCTIONS, *LETTERS[:2]),
    *("np", "step", "time", "random", "dt", "width", "attempts", "target_acceptance", "largest_width"),
    *("state_values", "entry", *(f"end_{index}" for index in INDICES)),
    *("partner", "incoming"),
}
TABLES = ("acceptance_table", "heat_bath_table", "incoming_")


@dataclass
class Checker:
    """Collects the faults of one Hamiltonian: (path below `model`, message) pairs in `problems`.

    bond_kinds, plaquette_kinds: those that the lattice knows.
    """

    interactions: Interactions
    bond_kinds: Collection[str]
    plaquette_kinds: Collection[str]
    problems: list[tuple[Path, str]] = field(default_factory=list)

    def run(self) -> list[tuple[Path, str]]:
        """All faults, in the order of the sections."""
        self.names()
        self.kinds()
        self.signs()
        if not self.problems:
            self.formulas()
        return self.problems

    # -- names and kinds -------------------------------------------------------------------------------------------

    def names(self) -> None:
        """Every name is a plain word, stands for one thing, and is not taken by the language."""
        seen: dict[str, Path] = {}
        taken = TAKEN | {*self._letters(), *self._array_names()}
        tables = TABLES if self.interactions.geometry.axes else (*TABLES, RESERVED)
        for path in self._named():
            name = path[-1]
            normal = unicodedata.normalize("NFKC", name) == name
            if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or not normal:
                needed = "one word of letters, digits and _ is needed"
                if keyword.iskeyword(name):
                    needed = f"it is a word of Python; {name}_ would do"
                self.problem(path, f"'{name:.60}' cannot be a name: {needed}")
            elif name in taken or name.startswith(tables):
                self.problem(path, f"the name '{name}' is taken by the language of Hamiltonians; choose another")
            elif name in seen:
                self.problem(path, f"the name '{name}' already stands for {'.'.join(seen[name])}; choose another")
            seen.setdefault(name, path)

    def _named(self) -> Iterator[Path]:
        yield from (("parameters", name) for name in self.interactions.parameters)
        for section in ("couplings", "fields"):
            yield from (("hamiltonian", section, name) for name in getattr(self.interactions.hamiltonian, section))

    def _letters(self) -> str:
        """The letters that stand for corners."""
        return LETTERS[: max((len(p.corners) for p in self.interactions.geometry.plaquettes), default=2)]

    def _array_names(self) -> tuple[str, ...]:
        return SpinArrays(self.interactions.spin, self.interactions.geometry).names

    def kinds(self) -> None:
        """The lattice has the bonds and plaquettes that are named."""
        hamiltonian = self.interactions.hamiltonian
        for key, known in (("bonds", self.bond_kinds), ("plaquettes", self.plaquette_kinds)):
            formulas: ByKind = getattr(hamiltonian, key)
            for kind in formulas.given:
                if kind and kind not in known:
                    self.problem(("hamiltonian", key, kind), f"this lattice has no {key} '{kind}'; {hint(kind, known)}")
                elif not known:
                    self.problem(("hamiltonian", key), f"this lattice has no {key}")
        every = (*self.bond_kinds, *self.plaquette_kinds)
        for name, coupling in hamiltonian.couplings.items():
            if isinstance(coupling, Mapping):
                for kind in coupling:
                    if kind not in every:
                        path = ("hamiltonian", "couplings", name, kind)
                        self.problem(path, f"this lattice has no bonds '{kind}'; {hint(kind, every)}")

    def signs(self) -> None:
        """An antiperiodic axis needs spins with a sign."""
        spin = self.interactions.spin
        if "antiperiodic" in self.interactions.geometry.wrap and not spin.signed:
            states = ", ".join(f"{state:g}" for state in getattr(spin, "states", ())[:6])
            reason = f"an antiperiodic axis turns a spin into its negative, and the states {states} are not symmetric"
            self.problem(("lattice", "boundary"), reason)

    # -- formulas --------------------------------------------------------------------------------------------------

    def formulas(self) -> None:
        """Each formula names what there is."""
        hamiltonian = self.interactions.hamiltonian
        for section in ("couplings", "fields"):
            for name, source in getattr(hamiltonian, section).items():
                if isinstance(source, Expression):
                    self._attempt(
                        ("hamiltonian", section, name), lambda source=source: self.interactions.placed(source, 0)
                    )
        if hamiltonian.sites is not None:
            sites = hamiltonian.sites
            self._attempt(
                ("hamiltonian", "sites"),
                lambda: self.interactions.placed(sites, 0, spins=1, known=hamiltonian.fields),
            )
        for path, corners, kind, expression in self._meetings():
            if corners > len(LETTERS):
                self.problem(path, f"a plaquette has at most {len(LETTERS)} corners here, not {corners}")
                continue
            self._attempt(path, lambda e=expression, c=corners: self.interactions.meeting(e, c))
            for name in sorted(expression.names & hamiltonian.couplings.keys()):
                coupling = hamiltonian.couplings[name]
                if isinstance(coupling, Mapping) and kind not in coupling:
                    self.problem(("hamiltonian", "couplings", name), f"has no number for the kind '{kind}'")

    def _meetings(self) -> Iterator[tuple[Path, int, str, Expression]]:
        """(path, corners, kind, formula) of bonds and plaquettes, each kind once."""
        geometry, hamiltonian = self.interactions.geometry, self.interactions.hamiltonian
        found: dict[tuple[str, str, int], Expression | None] = {}
        found |= {("bonds", bond.kind, 2): hamiltonian.bonds.of(bond.kind) for bond in geometry.bonds}
        found |= {
            ("plaquettes", p.kind, len(p.corners)): hamiltonian.plaquettes.of(p.kind) for p in geometry.plaquettes
        }
        for (key, kind, corners), expression in found.items():
            if expression is not None:
                below = (kind,) if kind in getattr(hamiltonian, key).given else ()
                yield ("hamiltonian", key, *below), corners, kind, expression

    def _attempt(self, path: Path, call: object) -> None:
        try:
            call()  # type: ignore[operator]
        except ExpressionError as error:
            self.problem(path, str(error))

    def problem(self, path: Path, message: str) -> None:
        self.problems.append((path, message))
