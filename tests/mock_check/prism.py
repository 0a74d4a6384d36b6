"""Prism, installed beside the project and run as one process per description."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic

from tests.contract.descriptions import PROJECT, read_description

PACKAGE = "@stoplight/prism-cli"
VERSION = "5.14.2"
"""The last release that runs on node 18, 20 and 22 alike."""
HOME = PROJECT / ".tools" / "prism"
START_S = 60.0
STOP_S = 5.0
_LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:[0-9]+)")


class Skipped(Exception):  # noqa: N818 - it says what is the case
    """The check cannot be made on this machine; the message says why."""


class PrismFailed(Exception):  # noqa: N818 - it says what is the case
    """Prism was not installed or did not start; the message holds what it said."""


def say(text: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def find_node() -> str:
    """The path of node.

    Raises:
        Skipped: there is none.
    """
    node = shutil.which("node")
    if node is None:
        raise Skipped("node is not present")
    return node


def _package() -> Path:
    return HOME / "node_modules" / PACKAGE


def _installed_version() -> str:
    try:
        return str(json.loads((_package() / "package.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return ""


def install() -> Path:
    """Install Prism where it is not yet, and return its entry script.

    Raises:
        Skipped: npm is not present.
        PrismFailed: npm could not install it.
    """
    if _installed_version() != VERSION:
        npm = shutil.which("npm")
        if npm is None:
            raise Skipped("npm is not present, and Prism is not installed")
        HOME.mkdir(parents=True, exist_ok=True)
        say(f"installing {PACKAGE} {VERSION} into {HOME} ...")
        # Its packages need no install scripts; one of them would only report usage.
        command = [npm, "install", "--prefix", str(HOME), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run([*command, f"{PACKAGE}@{VERSION}"], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode or _installed_version() != VERSION:
            raise PrismFailed(f"npm could not install {PACKAGE}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return _package() / "dist" / "index.js"


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)


def _read_lines(process: subprocess.Popen[str], lines: "Queue[str | None]") -> None:
    # Reading goes on to the end: a full pipe would block Prism.
    for line in process.stdout or ():
        lines.put(line)
    lines.put(None)


def _address(lines: "Queue[str | None]", description: str) -> str:
    said: list[str] = []
    until = monotonic() + START_S
    while True:
        try:
            line = lines.get(timeout=max(until - monotonic(), 0))
        except Empty:
            raise PrismFailed(f"Prism did not start with {description} within {START_S:g} s: {''.join(said)[-2000:]}") from None
        if line is None:
            raise PrismFailed(f"Prism ended instead of serving {description}: {''.join(said)[-2000:]}")
        said.append(line)
        if found := _LISTENING.search(line):
            return found[1]


@contextmanager
def serving(descriptions: Sequence[str], specs: Path) -> Iterator[dict[str, str]]:
    """Run Prism for each description and give the address of each; every process is stopped at the end, whatever happens.

    The descriptions are read in place; Prism gets temporary copies without TABs, which its loader refuses.

    Raises:
        Skipped: node or npm is not present.
        AbsentDescription: a description is not there.
        PrismFailed: Prism could not be installed or started.
    """
    texts = {name: read_description(name, specs) for name in descriptions}
    node, script = find_node(), install()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="retoure-mock-")))
        starting: dict[str, Queue[str | None]] = {}
        for number, (name, text) in enumerate(texts.items()):
            copy = folder / f"{number}{Path(name).suffix}"
            copy.write_text(text, encoding="utf-8")
            # Without --errors: Prism then answers as far as it can and lists what it found, instead of refusing.
            command = [node, str(script), "mock", "--host", "127.0.0.1", "--port", "0", "--multiprocess", "false", str(copy)]
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                encoding="utf-8", errors="replace", env={**os.environ, "NO_COLOR": "1"},
            )  # fmt: skip
            stack.enter_context(process)
            starting[name] = Queue()
            reader = Thread(target=_read_lines, args=(process, starting[name]), daemon=True)
            reader.start()
            # Undone from the last to the first: the process ends, the reader comes to its end, the pipe is closed.
            stack.callback(reader.join)
            stack.callback(_stop, process)
        yield {name: _address(lines, name) for name, lines in starting.items()}
