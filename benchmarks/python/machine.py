"""The machine and the versions, and who else used the machine meanwhile."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import sysconfig
import time
from dataclasses import dataclass

import measurement

_PACKAGES = (
    "numpy",
    "numba",
    "torch",
    "tensorflow-cpu",
    "grain",
    "jax",
    "polars",
    "duckdb",
)


def cpus() -> int:
    return len(os.sched_getaffinity(0))


def show_facts() -> None:
    print(f"cpu       {_model()}; {cpus()} usable")
    print(f"kernel    {platform.release()}; load average {os.getloadavg()[0]:.2f} at the start")
    flags = sysconfig.get_config_var("PY_CFLAGS") or ""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = "-fprofile-use" in flags or "--enable-optimizations" in arguments
    print(
        f"python    {platform.python_version()}, {platform.python_compiler()}"
        f"{', optimised by profile' if optimised else ''}"
    )
    print(f"packages  {', '.join(f'{name} {_version(name)}' for name in _PACKAGES)}")
    dropped = measurement.dropped_variables()
    if dropped:
        print(f"dropped   {', '.join(dropped)}")


def _model() -> str:
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return "unknown"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


@dataclass(frozen=True)
class Load:
    wall: float
    busy: float
    stolen: float
    ours: float

    @staticmethod
    def now() -> Load:
        with open("/proc/stat") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        a_second = os.sysconf("SC_CLK_TCK")
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return Load(
            time.monotonic(),
            (sum(ticks[:3]) + ticks[5] + ticks[6]) / a_second,
            ticks[7] / a_second,
            sum(each.ru_utime + each.ru_stime for each in used),
        )

    def show_since(self) -> None:
        end = Load.now()
        wall, stolen = end.wall - self.wall, end.stolen - self.stolen
        others = max(0.0, end.busy - self.busy - (end.ours - self.ours))
        whole = wall * (os.cpu_count() or 1) / 100
        print(
            f"\nran {wall:.1f} s; stolen by the hypervisor {stolen:.1f} s "
            f"({stolen / whole:.2f} %), used by other processes {others:.1f} s "
            f"({others / whole:.2f} %)"
        )
