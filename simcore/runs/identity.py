"""What an experiment computes, as hashes: files count by their contents, not by where they lie."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simcore.config import Section


def digest(value: Any, size: int) -> bytes:
    """BLAKE2b of `size` bytes over the canonical JSON of plain data."""
    return hashlib.blake2b(canonical(value).encode(), digest_size=size).digest()


def canonical(value: Any) -> str:
    """Plain data as JSON in which equal data are equal texts: keys in order, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def file_digest(path: Path) -> str:
    """BLAKE2b of a file's contents, 32 hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def by_contents(section: Section) -> Any:
    """A section as plain data, each file in it replaced by its contents' hash. Raises OSError."""
    return _counted(section, section.model_dump(mode="json", by_alias=True))


def _counted(value: Any, written: Any) -> Any:
    """value: as the model holds it; written: the same as plain data."""
    if isinstance(value, Path):
        return {"contents": file_digest(value)}
    if isinstance(written, Mapping) and "sha256" in written:
        # what is read from a file was hashed then; of another run, the numbers of the field at the moment
        return {key: item for key, item in written.items() if key not in ("file", "field", "time", "step", "table")}
    if isinstance(value, Section) and isinstance(written, Mapping):
        names = {field.alias or name: name for name, field in type(value).model_fields.items()}
        return {k: _counted(getattr(value, str(names.get(k, k))), item) for k, item in written.items()}
    if isinstance(value, Mapping) and isinstance(written, Mapping) and value.keys() == written.keys():
        return {key: _counted(value[key], item) for key, item in written.items()}
    if isinstance(value, (list, tuple)) and isinstance(written, list) and len(value) == len(written):
        return [_counted(inner, item) for inner, item in zip(value, written, strict=True)]
    return written
