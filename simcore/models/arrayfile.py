"""A start that is read from a file: `{file: start.npy}` or `{file: start.h5, dataset: u}`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.errors import Refusal

KEYS = ("file", "dataset", "sha256")
HDF5_ENDINGS = (".h5", ".hdf5", ".nc")

SCHEMA = {
    "type": "object",
    "properties": {key: {"type": "string"} for key in KEYS},
    "required": ["file"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class ArrayFile:
    """An array in a NumPy file, or a data set of an HDF5 file; it counts by its contents, `sha256`."""

    file: str
    dataset: str | None
    sha256: str

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

    def load(self, shape: tuple[int, ...], path: str, *, complex_numbers: bool = False) -> np.ndarray:
        """The numbers, which must have `shape`; raises Refusal at `path`, the dotted path of the key."""
        try:
            array = _hdf5(self.file, str(self.dataset)) if self.dataset else np.load(self.file, allow_pickle=False)
        except (OSError, ValueError, EOFError, KeyError) as error:
            raise Refusal(path, f"{self.file} cannot be read: {error}") from None
        if not (isinstance(array, np.ndarray) and array.dtype.kind in ("biufc" if complex_numbers else "biuf")):
            raise Refusal(path, f"{self.file} holds no array of {'' if complex_numbers else 'real '}numbers")
        if array.shape != shape:
            raise Refusal(path, f"{self.file} has the shape {list(array.shape)}; {list(shape)} is needed")
        return array


def _hdf5(file: str, dataset: str) -> Any:
    import h5py

    with h5py.File(file, "r") as opened:
        if not isinstance(opened.get(dataset), h5py.Dataset):
            names: list[str] = []
            opened.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            raise ValueError(f"there is no data set '{dataset}'; {hint(dataset, names)}")
        return opened[dataset][()]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
