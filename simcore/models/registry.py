"""The models by name, and how a class is found."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.models.module_file import load, searching, shield
from simcore.plugins import PluginError, Registry, failure
from simcore.spec.model import Model

_OWN: dict[str, str] = {
    "pde": "simcore.models.grid.pde:Pde",
    "heat": "simcore.models.grid.presets.heat:Heat",
    "wave": "simcore.models.grid.presets.wave:Wave",
    "advection_diffusion": "simcore.models.grid.presets.advection_diffusion:AdvectionDiffusion",
    "burgers": "simcore.models.grid.presets.burgers:Burgers",
    "gray_scott": "simcore.models.grid.presets.gray_scott:GrayScott",
    "allen_cahn": "simcore.models.grid.presets.allen_cahn:AllenCahn",
    "cahn_hilliard": "simcore.models.grid.presets.cahn_hilliard:CahnHilliard",
    "swift_hohenberg": "simcore.models.grid.presets.swift_hohenberg:SwiftHohenberg",
    "kuramoto_sivashinsky": "simcore.models.grid.presets.kuramoto_sivashinsky:KuramotoSivashinsky",
    "fitzhugh_nagumo": "simcore.models.grid.presets.fitzhugh_nagumo:FitzHughNagumo",
    "complex_ginzburg_landau": "simcore.models.grid.presets.complex_ginzburg_landau:ComplexGinzburgLandau",
    "kpz": "simcore.models.grid.presets.kpz:KPZ",
    "schroedinger": "simcore.models.grid.presets.schroedinger:Schroedinger",
    "sir": "simcore.models.grid.presets.sir:Sir",
    "life": "simcore.models.grid.automata.life:Life",
    "sandpile": "simcore.models.grid.automata.sandpile:Sandpile",
    "traffic": "simcore.models.grid.automata.traffic:Traffic",
    "lattice_boltzmann": "simcore.models.grid.fluids.lattice_boltzmann:LatticeBoltzmann",
    "spins": "simcore.models.spins.spins:Spins",
    "ising": "simcore.models.spins.presets.ising:Ising",
    "potts": "simcore.models.spins.presets.potts:Potts",
    "clock": "simcore.models.spins.presets.clock:Clock",
    "xy": "simcore.models.spins.presets.xy:XY",
    "heisenberg": "simcore.models.spins.presets.heisenberg:Heisenberg",
    "blume_capel": "simcore.models.spins.presets.blume_capel:BlumeCapel",
    "phi4": "simcore.models.spins.presets.phi4:Phi4",
    "edwards_anderson": "simcore.models.spins.presets.edwards_anderson:EdwardsAnderson",
    "lattice_gas": "simcore.models.spins.presets.lattice_gas:LatticeGas",
    "solid_on_solid": "simcore.models.spins.presets.solid_on_solid:SolidOnSolid",
    "percolation": "simcore.models.percolation.model:Percolation",
    "newman_ziff": "simcore.models.percolation.newman_ziff:NewmanZiff",
    "gonihedric": "simcore.models.spins.presets.gonihedric:Gonihedric",
}
MODELS: Registry[str] = Registry("simcore.models", _OWN, by_text=True)

PATH = "model.type"


def names() -> tuple[str, ...]:
    """The models of simcore itself."""
    return tuple(MODELS.own)


def all_names() -> tuple[str, ...]:
    """These, and those that installed packages add."""
    return tuple(MODELS)


def is_own(model: type[Model]) -> bool:
    """Whether it is one of simcore's own, which are known by the version."""
    return f"{model.__module__}:{model.__qualname__}" in MODELS.own.values()


def find(spec: str | type, directory: str | Path = ".") -> type[Model]:
    """The class that `model.type` means.

    spec: a registered name, `path/to/file.py:Class` (relative to `directory`, that of the experiment file),
    `package.module:Class`, or a class. Raises InvalidValueError, in one line even if the user's file fails to import.
    """
    if isinstance(spec, type):
        return _checked(spec, spec.__qualname__)
    if not isinstance(spec, str):
        raise InvalidValueError(PATH, f"must be a name, file.py:Class or package.module:Class, not {spec!r:.60}")
    name = spec
    if spec in MODELS:
        try:
            spec = MODELS[spec]
        except PluginError as error:
            raise InvalidValueError(PATH, str(error)) from None
    module_name, colon, class_name = spec.rpartition(":")
    if not colon:
        raise InvalidValueError(
            PATH, f"unknown model '{spec:.80}'; {hint(spec, MODELS)} (or file.py:Class, package.module:Class)"
        )
    if module_name.endswith(".py") or "/" in module_name:
        module = load(_file(module_name, directory))
    else:
        module = _import(module_name, directory) if name in MODELS.own or name == spec else _added(name, module_name)
    if not hasattr(module, class_name):
        classes = [name for name, value in vars(module).items() if _is_model(value)]
        raise InvalidValueError(PATH, f"'{module_name}' has no class '{class_name:.80}'; {hint(class_name, classes)}")
    return _checked(getattr(module, class_name), class_name)


def name_of(model: type[Model]) -> str | None:
    """The registered name of a class; None for a user's own."""
    target = f"{model.__module__}:{model.__qualname__}"
    return next((name for name, registered in MODELS.usable().items() if registered == target), None)


def file_of(spec: str | type, directory: str | Path) -> Path | None:
    """The file that `file.py:Class` names; None for any other spec."""
    name, colon, _ = spec.rpartition(":") if isinstance(spec, str) else ("", "", "")
    return _file(name, directory) if colon and (name.endswith(".py") or "/" in name) else None


def _file(name: str, directory: str | Path) -> Path:
    return (Path(directory) / name).absolute()


def _import(name: str, directory: str | Path) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise InvalidValueError(PATH, f"'{name:.80}' is neither a file that ends in .py nor the name of a module")
    directories = Path(directory).absolute(), Path.cwd()
    with searching(*directories), shield(name, *directories):
        return import_module(name)


def _added(name: str, module: str) -> ModuleType:
    """The module of a model that a package adds. Raises InvalidValueError if it cannot be imported."""
    try:
        return import_module(module)
    except Exception as error:
        raise InvalidValueError(PATH, failure(name, MODELS.package_of(name), error)) from error


def _is_model(value: object) -> TypeGuard[type[Model]]:
    return isinstance(value, type) and issubclass(value, Model) and value is not Model


def _checked(found: object, name: str) -> type[Model]:
    if not _is_model(found):
        raise InvalidValueError(PATH, f"'{name}' is not a model: it must be a class derived from simcore.Model")
    return found
