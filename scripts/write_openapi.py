"""``python -m scripts.write_openapi docs/openapi.json``: the OpenAPI document as a file."""

import json
import sys
from pathlib import Path

from app.main import create_app


def document() -> str:
    """The document as it is committed: the same on every machine, whatever model is served."""
    return json.dumps(create_app().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document())
