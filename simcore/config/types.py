"""Types for the fields of sections that pydantic has none for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

Count = Annotated[int, Field(ge=1, le=10**15)]
"""A whole number of things, at least one."""


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Shape = Annotated[
    tuple[Annotated[int, Field(ge=1, le=2**31 - 1)], ...], Field(min_length=1, max_length=3), BeforeValidator(_listed)
]
"""Cells along one to three axes; a list in YAML, a tuple in Python."""


def _existing_file(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError("must be the path of a file")
    directory = (info.context or {}).get("directory", Path.cwd())
    path = Path(os.path.normpath(Path(directory) / Path(value).expanduser()))
    try:
        with path.open("rb"):
            return path
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"the file '{path}' cannot be read: {reason}") from None


InputFile = Annotated[
    Path,
    PlainValidator(_existing_file),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "path", "description": "the path of a file, relative to this file"}),
]
"""A file that exists, as an absolute path; in the experiment it is written relative to the experiment's own file."""
