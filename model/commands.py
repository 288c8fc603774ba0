"""How every command line of ours ends."""

import os
import sys
from collections.abc import Callable

from model.errors import ModelError
from model.interruption import is_working_beside, prompt_interruption

GOOD, BAD_INPUT, INTERRUPTED = 0, 2, 130


def exit_code_of(work: Callable[[], int | None], *, when_interrupted: str) -> int:
    """Do the work; gives its own exit code, 2 after an error of ours, which is told on stderr, or 130 after Ctrl-C."""
    try:
        with prompt_interruption():
            return work() or GOOD
    except (ModelError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(when_interrupted, file=sys.stderr, flush=True)
        if is_working_beside():  # Python would end around that thread, and its libraries complain
            sys.stdout.flush()
            os._exit(INTERRUPTED)
        return INTERRUPTED
