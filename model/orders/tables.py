"""Words, letters and forms that exports are read by: the TOML files of this folder."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def toml_table(name: str) -> dict[str, Any]:  # Any: what stands in a file
    """What ``name.toml`` holds."""
    return tomllib.loads((files("model.orders") / f"{name}.toml").read_text(encoding="utf-8"))
