"""An array in a file, which counts by its contents.

`{file: start.npy}`, `{file: start.h5, dataset: u}`, a picture `{file: start.png, scale: [0, 5]}`, or a field of another
run, `{file: results/heat, field: u, time: 50}`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.config import hint
from simcore.errors import InvalidValueError, StorageError
from simcore.models.picture import ENDINGS as PICTURE_ENDINGS
from simcore.models.picture import read_picture
from simcore.spec.parameters import InputData

if TYPE_CHECKING:
    from simcore.storage.snapshot import Snapshot

_TEXTS = ("file", "dataset", "field", "sha256")
_OF_A_RUN = ("field", "time", "step")
KEYS = ("file", "dataset", *_OF_A_RUN, "scale", "sha256")
HDF5_ENDINGS = (".h5", ".hdf5", ".nc")

_NUMBER = {"type": "number"}
SCHEMA = {
    "type": "object",
    "properties": {
        **{key: {"type": "string"} for key in _TEXTS},
        "time": _NUMBER,
        "step": {"type": "integer", "minimum": 0},
        "scale": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    },
    "required": ["file"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class ArrayFile(InputData):
    """An array in a file, as the type of a key of a model. The identity of a run contains the hash of its contents.

    In an experiment it is written as one of these, or as `map.npy`, relative to the experiment::

        {file: map.npy}
        {file: map.h5, dataset: D}
        {file: map.png, scale: [lo, hi]}
        {file: results/heat, field: u, time: 50}

    They are an array saved by NumPy; a data set of an HDF5 file; the grey values of an image, where black is lo and
    white hi (by default 0 and 1); and a field of another run, from its directory, its `result.h5` or a checkpoint, the
    last snapshot unless `time` or `step` is given.

    If the contents change, a run does not resume, and a sweep makes new points. Of another run only the numbers that
    are read belong to the identity.

    Args:
        file: the absolute path.
        dataset: name of the data set in an HDF5 file.
        sha256: hash of the contents.
        field, time, step: of a field of another run.
        scale: the values of black and white in an image.

    Example:
        >>> np.save("map.npy", np.eye(4))
        >>> class Porous(simcore.Model):
        ...     permeability: ArrayFile = simcore.parameter(doc="of each cell")
        ...     def constants(self):
        ...         return {"permeability": self.permeability.load((4, 4), "model.permeability")}
        >>> Porous(permeability="map.npy", parameters={}).constants()["permeability"].shape
        (4, 4)
    """

    file: str
    dataset: str | None
    sha256: str
    field: str | None = None
    time: float | None = None
    step: int | None = None
    scale: tuple[float, float] | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.with_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(cls.keys),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, SCHEMA]}

    @classmethod
    def _validated(cls, value: object, info: Any) -> ArrayFile:
        if isinstance(value, ArrayFile):
            return value
        keys = {"file": value} if isinstance(value, str) else value
        if not isinstance(keys, Mapping):
            raise ValueError(f"must be a file, {{file: map.npy}}, not {value!r:.60}")
        return cls.read(keys, (info.context or {}).get("directory", "."))

    @classmethod
    def read(cls, keys: Mapping[str, Any], directory: str | Path = ".") -> ArrayFile:
        """From the keys in an experiment whose file lies in `directory`; raises ValueError."""
        keys = {str(key): _checked(str(key), value) for key, value in keys.items()}
        if "file" not in keys:
            raise ValueError("the key 'file' is missing: {file: start.npy}")
        path = (Path(directory) / Path(keys["file"]).expanduser()).absolute()
        if is_of_a_run(keys, directory):
            return cls._of_a_run(path, keys)
        if not _is_picture(path) and path.suffix not in (".npy", *HDF5_ENDINGS):
            endings = ", ".join((*HDF5_ENDINGS, *PICTURE_ENDINGS))
            raise ValueError(f"{path.name} must end in .npy, {endings}, or be the directory of a run")
        if given := [key for key in _OF_A_RUN if key in keys]:
            raise ValueError(f"'{given[0]}' goes with a result of simcore, {{file: result.h5}}, and no 'dataset'")
        if "dataset" in keys and path.suffix not in HDF5_ENDINGS:
            raise ValueError("'dataset' names the data set of an HDF5 file; it goes with those, and only with those")
        if "scale" in keys and not _is_picture(path):
            raise ValueError(f"'scale' goes with pictures, {', '.join(PICTURE_ENDINGS)}")
        found = digest_of(path)
        if keys.get("sha256", found) != found:
            raise ValueError(f"{path} has changed since the experiment was resolved (sha256 {found})")
        return cls(str(path), keys.get("dataset"), found, scale=keys.get("scale"))

    @classmethod
    def _of_a_run(cls, path: Path, keys: Mapping[str, Any]) -> ArrayFile:
        from simcore.storage.snapshot import read_snapshot, result_of

        if "scale" in keys:
            raise ValueError(f"'scale' goes with pictures, {', '.join(PICTURE_ENDINGS)}")
        if "time" in keys and "step" in keys:
            raise ValueError("give either 'time' or 'step', not both")
        try:
            path = result_of(path) if path.is_dir() else path
            snapshot = read_snapshot(path, keys.get("field"), time=keys.get("time"), step=keys.get("step"))
        except StorageError as error:
            raise ValueError(str(error)) from None
        found = digest_of_values(snapshot.values)
        if keys.get("sha256", found) != found:
            raise ValueError(f"{path} has changed since the experiment was resolved (sha256 {found})")
        moment: dict[str, Any] = {}
        if snapshot.kind == "result":  # the same snapshot, if the run is extended later
            moment = {"time": snapshot.moment} if snapshot.when == "time" else {"step": int(snapshot.moment)}
        return cls(str(path), None, found, snapshot.name, **moment)

    def keys(self) -> dict[str, Any]:
        """The keys that `read` takes."""
        found = {key: value for key in KEYS if (value := getattr(self, key)) is not None}
        return {key: list(value) if key == "scale" else value for key, value in found.items()}

    @property
    def is_of_a_run(self) -> bool:
        """Whether it is a field of another run."""
        return self.field is not None

    def __str__(self) -> str:
        """In words: `u of /results/heat/result.h5 at time 50`, or the file."""
        moments = ((name, value) for name, value in (("time", self.time), ("step", self.step)) if value is not None)
        named = f"{self.field} of {self.file}" if self.is_of_a_run else self.file
        return "".join((named, *(f" at {name} {value:.12g}" for name, value in moments)))

    def snapshot(self, path: str = "model") -> Snapshot:
        """The field of another run, with all that is known of it. Raises InvalidValueError at `path`."""
        from simcore.storage.snapshot import read_snapshot

        try:
            return read_snapshot(Path(self.file), self.field, time=self.time, step=self.step)
        except StorageError as error:
            raise InvalidValueError(path, str(error)) from None

    def load(
        self,
        shape: tuple[int, ...] | None = None,
        path: str = "model",
        *,
        complex_numbers: bool = False,
        coordinates: Mapping[str, np.ndarray] | None = None,
    ) -> np.ndarray:
        """The numbers, which must be those that the file held when it was read.

        Args:
            shape: what they must have; None: any.
            path: the dotted path of the key.
            complex_numbers: whether they may be complex.
            coordinates: where the cells lie along each axis; those of a field of another run must lie there, too.

        Raises:
            InvalidValueError: at `path`, in one line.
        """
        array = self._numbers(shape, path, coordinates)
        if not (isinstance(array, np.ndarray) and array.dtype.kind in ("biufc" if complex_numbers else "biuf")):
            found = ", but complex ones" if isinstance(array, np.ndarray) and array.dtype.kind == "c" else ""
            raise InvalidValueError(
                path, f"{self.file} holds no array of {'' if complex_numbers else 'real '}numbers{found}"
            )
        if shape is not None and array.shape != tuple(shape):
            raise InvalidValueError(path, f"{self.file} has the shape {list(array.shape)}; {list(shape)} is needed")
        return array

    def _numbers(self, shape: tuple[int, ...] | None, path: str, coordinates: Mapping[str, np.ndarray] | None) -> Any:
        if self.is_of_a_run:
            snapshot = self.snapshot(path)
            if digest_of_values(snapshot.values) != self.sha256:
                raise InvalidValueError(
                    path, f"{self.file} cannot be read: it has changed since the experiment was read"
                )
            if snapshot.values.shape == shape and coordinates is not None:
                self._require_same_cells(snapshot, coordinates, path)
            return snapshot.values
        try:
            if digest_of(Path(self.file)) != self.sha256:
                raise ValueError("it has changed since the experiment was read")
            if self.dataset:
                return _hdf5(self.file, self.dataset, shape)
            if _is_picture(Path(self.file)):
                return self._scaled(read_picture(self.file, shape))
            return np.load(self.file, allow_pickle=False)
        except (OSError, ValueError, EOFError, KeyError, MemoryError) as error:
            raise InvalidValueError(path, f"{self.file} cannot be read: {error}") from None

    def _scaled(self, grey: np.ndarray) -> np.ndarray:
        if self.scale is None:
            return grey
        black, white = self.scale
        return black * (1.0 - grey) + white * grey

    def _require_same_cells(self, snapshot: Snapshot, coordinates: Mapping[str, np.ndarray], path: str) -> None:
        for axis, here in coordinates.items():
            there = snapshot.coordinates.get(axis)
            if there is not None and not np.allclose(there, here, rtol=1e-9, atol=1e-9 * float(np.abs(here).max())):
                shown = " and ".join(f"{cells[0]:.9g} to {cells[-1]:.9g}" for cells in (there, here))
                advice = "give the grid the same spacing and origin, or save the numbers as a .npy file"
                raise InvalidValueError(
                    path, f"{self.file}: its cells and those of this grid lie at {axis} = {shown}; {advice}"
                )


def is_of_a_run(keys: Mapping[str, Any], directory: str | Path) -> bool:
    """Whether the keys of an array file name a result or a checkpoint, as far as it shows without reading it."""
    if not isinstance(keys.get("file"), str) or "dataset" in keys:
        return False
    path = Path(directory) / Path(keys["file"]).expanduser()
    return path.suffix in HDF5_ENDINGS or (path.suffix != ".npy" and not _is_picture(path) and path.is_dir())


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_ENDINGS


@dataclass(frozen=True)
class UnnamedField:
    """A file of another run whose field is not named yet: the model knows the name of the key. keys: as written."""

    written: Mapping[str, Any]
    directory: str | Path

    def keys(self) -> Mapping[str, Any]:
        """As it is written in an experiment."""
        return self.written

    def called(self, name: str) -> ArrayFile:
        """The field of that name. Raises ValueError."""
        return ArrayFile.read({**self.written, "field": name}, self.directory)


def read_of_a_key(keys: Mapping[str, Any], directory: str | Path) -> ArrayFile | UnnamedField:
    """An array file; of another run with no `field` one that is still to be named. Raises ValueError."""
    if "field" not in keys and is_of_a_run(keys, directory):
        return UnnamedField(keys, directory)
    return ArrayFile.read(keys, directory)


def _checked(key: str, value: object) -> Any:
    """The value of a key of an array file; raises ValueError."""
    if key not in KEYS:
        raise ValueError(f"unknown key '{key}'; {hint(key, KEYS)}")
    if key in _TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"{key} must be text, not {value!r}")
        return value
    if key == "scale":
        if not isinstance(value, list | tuple) or len(value) != 2 or not all(map(_is_finite, value)):
            raise ValueError(f"scale must be two numbers, the values of black and of white, not {value!r:.60}")
        return tuple(map(float, value))
    if not _is_finite(value) or (key == "step" and (value < 0 or value != int(value))):  # type: ignore[operator, call-overload]
        raise ValueError(f"{key} must be {'a whole number from 0' if key == 'step' else 'a number'}, not {value!r:.60}")
    return int(value) if key == "step" else float(value)  # type: ignore[call-overload]


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


def digest_of_values(values: np.ndarray) -> str:
    """SHA-256 of an array: type, shape and numbers, the bytes of each from the lowest."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return hashlib.sha256(f"{little.dtype.str} {list(values.shape)}\n".encode() + little.tobytes()).hexdigest()


def _hdf5(file: str, dataset: str, shape: tuple[int, ...] | None) -> Any:
    """The data set; zeros of its shape and type, and nothing read, if that is not `shape` (None: any)."""
    import h5py

    with h5py.File(file, "r") as opened:
        _refuse_links(opened, dataset)
        if not isinstance(opened.get(dataset), h5py.Dataset):
            names: list[str] = []
            opened.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            raise ValueError(f"there is no data set '{dataset}'; {hint(dataset, names)}")
        found = opened[dataset]
        if found.external or found.is_virtual:
            raise ValueError(f"'{dataset}' lies in other files, which would not count; copy its numbers into one file")
        if shape is not None and found.shape != tuple(shape):  # a small file may claim a large one
            return np.broadcast_to(np.zeros((), found.dtype), found.shape or ())
        return found[()]


def _refuse_links(opened: Any, dataset: str) -> None:
    """Raises ValueError if a part of the path to a data set leads to another file."""
    import h5py

    names = [name for name in dataset.split("/") if name]
    for count in range(1, len(names) + 1):
        link = opened.get("/".join(names[:count]), getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise ValueError(f"'{dataset}' leads to another file, {link.filename}; name that one")


def digest_of(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for its other end
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ValueError(f"{path} is no regular file")
        with open(descriptor, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
