"""A start that is read from a file: `{file: start.npy}` or `{file: start.h5, dataset: u}`."""

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
            array = _hdf5(self.file, self.dataset, shape) if self.dataset else np.load(self.file, allow_pickle=False)
        except (OSError, ValueError, EOFError, KeyError, MemoryError) as error:
            raise Refusal(path, f"{self.file} cannot be read: {error}") from None
        if not (isinstance(array, np.ndarray) and array.dtype.kind in ("biufc" if complex_numbers else "biuf")):
            raise Refusal(path, f"{self.file} holds no array of {'' if complex_numbers else 'real '}numbers")
        if array.shape != shape:
            raise Refusal(path, f"{self.file} has the shape {list(array.shape)}; {list(shape)} is needed")
        return array


def _hdf5(file: str, dataset: str, shape: tuple[int, ...]) -> Any:
    """The data set; an empty array of its shape and type, and nothing read, if its shape is another one."""
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
        if found.shape != shape:  # a small file may claim a large one
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
