"""Words, letters and forms that exports are read by: the TOML files of this folder."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def toml_table(name: str) -> dict[str, Any]:  # Any: what stands in a file
    """What ``name.toml`` holds."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
