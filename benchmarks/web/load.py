"""Load on a running server: answers a second, how long each took, and what an answer costs it."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

# What every page is compared with: nothing, nothing behind all middleware, the empty page.
EMPTY, THROUGH, FRAME = "empty view", "empty view, all middleware", "empty page"
# So many that each process of the server gets some.
CONNECTIONS = 8
# A page is asked so many times before it is measured, then at least so many times, in a burst so.
WARMING, LEAST, FEW = 12, 40, 8
# How Linux names the clock of the processor time of another process: its number, turned, and this.
CLOCK_OF_PROCESS = 2
# What wrk prints at its end: answers, seconds, faults, and three of the times in microseconds.
LUA = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one round on one page: answers a second, and times in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float

    @staticmethod
    def median(rounds: list[Load]) -> Load:
        """The middle of several rounds, each figure by itself."""
        names = Load.__slots__
        return Load(*(statistics.median(getattr(one, name) for one in rounds) for name in names))


def processor_time(pids: list[int]) -> float:
    """Seconds of processor time that these processes have used."""
    return sum(time.clock_gettime((~pid << 3) | CLOCK_OF_PROCESS) for pid in pids)


def memory(pids: list[int]) -> float:
    """Megabytes that the largest of these processes holds."""
    held = [
        int(found[1])
        for pid in pids
        if (found := re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()))
    ]
    return max(held) / 1024


def press(url: str, cookies: str, *, seconds: float) -> Load:
    """Ask for one address as fast as it is answered, for so many seconds, at least `LEAST` times.

    What every process of the server reads once is read before; that does not count.
    """
    warm, took_warm, _times = _threads(url, cookies, 0, least=WARMING)
    is_quick = warm / took_warm * seconds > 2 * LEAST
    if is_quick and shutil.which("wrk"):
        count, took, times = _wrk(url, cookies, seconds)
    else:
        count, took, times = _threads(url, cookies, seconds, least=LEAST)
    return Load(count / took, *times)


def cost(url: str, cookies: str, *, pids: list[int], seconds: float) -> float:
    """Milliseconds of processor time of the server for one answer, over a burst of them."""
    before = processor_time(pids)
    count, _took, _times = _threads(url, cookies, seconds, least=FEW)
    return (processor_time(pids) - before) / count * 1000


Counted = tuple[int, float, tuple[float, float, float]]


def _wrk(url: str, cookies: str, seconds: float) -> Counted:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA)
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s",
             "-s", script.name, "-H", f"Cookie: {cookies}", url],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if found is None or int(found[3]):
        raise RuntimeError(f"{url} was not answered as it should be:\n{said}")
    count, took, _faults, *times = map(int, found.groups())
    p50, p95, p99 = (t / 1000 for t in times)
    return count, took / 1e6, (p50, p95, p99)


def _threads(url: str, cookies: str, seconds: float, *, least: int) -> Counted:
    """The same by threads, where there is no wrk or the page is slow; takes processor time too."""
    host, _slash, path = url.removeprefix("http://").partition("/")
    took: list[float] = []
    start = time.perf_counter()

    def ask() -> None:
        line = HTTPConnection(host, timeout=30)
        while time.perf_counter() < start + seconds or len(took) < least:
            began = time.perf_counter()
            line.request("GET", f"/{path}", headers={"Cookie": cookies})
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{url} answered {answer.status}")
            took.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=ask) for _n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took.sort()
    at = [took[min(int(len(took) * share), len(took) - 1)] for share in (0.5, 0.95, 0.99)]
    return len(took), time.perf_counter() - start, (at[0], at[1], at[2])
