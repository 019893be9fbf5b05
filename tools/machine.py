"""Say on which machine something was measured: processor, cores, system, versions, threads.

    python tools/machine.py
"""

import json
import os
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info


def processor(cpuinfo=Path("/proc/cpuinfo")):
    """The name of the processor, as Linux gives it; elsewhere what Python knows."""
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.processor() or platform.machine()])[0]


def blas():
    """(name, version, kernel, threads) of the library that multiplies NumPy's matrices."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    if not pools:
        return "unknown", "", "", 0
    (pool, *_) = pools
    kernel = pool.get("architecture", "")
    name = {"openblas": "OpenBLAS", "mkl": "MKL"}.get(pool["internal_api"], pool["internal_api"])
    return name, str(pool["version"]), kernel, pool["num_threads"]


def machine():
    """What measured seconds depend on, as a dict of words and numbers."""
    name, version, kernel, threads = blas()
    return {
        "processor": processor(), "cores": os.cpu_count(), "system": platform.system(),
        "architecture": platform.machine(), "python": platform.python_version(),
        "numpy": np.__version__, "blas": f"{name} {version}", "kernel": kernel, "threads": threads}


if __name__ == "__main__":
    print(json.dumps(machine(), indent=1))
