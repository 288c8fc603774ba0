"""A small host, imitated: control groups of the kernel that give a process a share of a core and so much memory."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
NAME = "customer_value"


@contextlib.contextmanager
def small_host(*, share: float = 1.0, memory_mb: int | None = None) -> Iterator[list[str]]:
    """The beginning of a command that may use this share of a core and this much memory; as root alone."""
    limits: dict[Path, dict[str, str]] = {}
    if share < 1.0:
        limits[GROUPS / "cpu" / NAME] = {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": str(int(100_000 * share))}
    if memory_mb is not None:
        limits[GROUPS / "memory" / NAME] = {"memory.limit_in_bytes": str(memory_mb << 20)}
    for group, settings in limits.items():
        group.mkdir(exist_ok=True)
        for name, value in settings.items():
            (group / name).write_text(value)
    joined = "".join(f"echo $$ > {group / 'cgroup.procs'}; " for group in limits)
    try:
        yield ["sh", "-c", f'{joined}exec "$@"', "sh"] if limits else []
    finally:
        time.sleep(0.5)  # the kernel counts a process that has just ended a moment longer
        for group in limits:
            with contextlib.suppress(OSError):
                group.rmdir()
