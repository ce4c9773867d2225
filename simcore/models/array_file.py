"""An array in a file, which counts by its contents: `{file: start.npy}` or `{file: start.h5, dataset: u}`."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.models.contract import InputData

KEYS = ("file", "dataset", "sha256")
HDF5_ENDINGS = (".h5", ".hdf5", ".nc")

SCHEMA = {
    "type": "object",
    "properties": {key: {"type": "string"} for key in KEYS},
    "required": ["file"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class ArrayFile(InputData):
    """An array in a NumPy file, or a data set of an HDF5 file; it counts by its contents, `sha256`.

    As the type of a key of a model it is written `{file: map.npy}`, `{file: map.h5, dataset: D}`, or `map.npy` alone,
    relative to the experiment. The contents are part of the identity of a run and of a point of a sweep: a run whose
    file has changed does not resume, and a sweep makes new points.

        class Porous(Model):
            permeability: ArrayFile = parameter(doc="of each cell")

            def constants(self):
                return {"permeability": self.permeability.load((self.size, self.size), "model.permeability")}
    """

    file: str
    dataset: str | None
    sha256: str

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
        for key, value in keys.items():
            if key not in KEYS:
                raise ValueError(f"unknown key '{key}'; {hint(str(key), KEYS)}")
            if not isinstance(value, str):
                raise ValueError(f"{key} must be text, not {value!r}")
        if "file" not in keys:
            raise ValueError("the key 'file' is missing: {file: start.npy}")
        path = (Path(directory) / Path(keys["file"]).expanduser()).absolute()
        if path.suffix not in (".npy", *HDF5_ENDINGS):
            raise ValueError(f"{path.name} must end in .npy, {', '.join(HDF5_ENDINGS)}")
        if (path.suffix == ".npy") == ("dataset" in keys):
            raise ValueError("'dataset' names the data set of an HDF5 file; it goes with those, and only with those")
        found = _digest(path)
        if keys.get("sha256", found) != found:
            raise ValueError(f"{path} has changed since the experiment was resolved (sha256 {found})")
        return cls(str(path), keys.get("dataset"), found)

    def keys(self) -> dict[str, str]:
        """The keys that `read` takes."""
        return {key: value for key in KEYS if (value := getattr(self, key)) is not None}

    def load(
        self, shape: tuple[int, ...] | None = None, path: str = "model", *, complex_numbers: bool = False
    ) -> np.ndarray:
        """The numbers, which must have `shape` (None: any) and be those that the file held when it was read.

        Raises InvalidValueError at `path`, the dotted path of the key.
        """
        try:
            if _digest(Path(self.file)) != self.sha256:
                raise ValueError("it has changed since the experiment was read")
            array = _hdf5(self.file, self.dataset, shape) if self.dataset else np.load(self.file, allow_pickle=False)
        except (OSError, ValueError, EOFError, KeyError, MemoryError) as error:
            raise InvalidValueError(path, f"{self.file} cannot be read: {error}") from None
        if not (isinstance(array, np.ndarray) and array.dtype.kind in ("biufc" if complex_numbers else "biuf")):
            raise InvalidValueError(path, f"{self.file} holds no array of {'' if complex_numbers else 'real '}numbers")
        if shape is not None and array.shape != tuple(shape):
            raise InvalidValueError(path, f"{self.file} has the shape {list(array.shape)}; {list(shape)} is needed")
        return array


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
    """Raises ValueError where a part of the path to a data set leads to another file."""
    import h5py

    names = [name for name in dataset.split("/") if name]
    for count in range(1, len(names) + 1):
        link = opened.get("/".join(names[:count]), getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise ValueError(f"'{dataset}' leads to another file, {link.filename}; name that one")


def _digest(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for its other end
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ValueError(f"{path} is no regular file")
        with open(descriptor, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
