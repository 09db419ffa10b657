"""What a reader must know of the machine; nothing that names it."""

import os
import platform
import subprocess
import time
from pathlib import Path


def facts(bench, peers):
    """The facts of this run; `load` gets a second entry at its end."""
    signet = subprocess.run([bench.tools["signet"], "--version"], capture_output=True, text=True, check=True)
    commit = _said("git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD")
    changed = _said("git", "-C", str(Path(__file__).parent), "status", "--porcelain", "--", "../crates", "../Cargo.lock")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory_gib()} GiB",
        "system": f"Linux {platform.release().split('-')[0]}",
        "disk": f"{_file_system(bench.folder)}, {_sync_ms(bench.folder):.2f} ms for one fdatasync",
        "signet": f"{signet.stdout.strip()}, commit {commit}{' with changes' if changed else ''}",
        "peers": peers,
        "pinned": bench.pinned,
        "load": [load()],
    }


def load():
    """Processes that wanted a core, on average over the last minute."""
    return os.getloadavg()[0]


def _processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib():
    line = Path("/proc/meminfo").read_text().splitlines()[0]
    return round(int(line.split()[1]) / 1024 / 1024)


def _file_system(folder):
    """The kind of the mount that holds the folder."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    return max((point, kind) for point, kind in mounts if folder.is_relative_to(point))[1]


def _sync_ms(folder):
    """The median time of a durable write of one page."""
    file, times = folder / "sync", []
    with open(file, "wb") as out:
        for _ in range(50):
            began = time.perf_counter()
            out.write(bytes(4096))
            out.flush()
            os.fdatasync(out.fileno())
            times.append(time.perf_counter() - began)
    file.unlink()
    return sorted(times)[25] * 1000


def _said(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()
