# SPDX-License-Identifier: Apache-2.0
"""What system tests share: machines that end with their test, and a folder for each test's logs."""

import collections
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import sights  # noqa: E402
from machine import BUILD, BULKHEAD, ROOT, BulkheadMachine, Machine, MachineError, QemuMachine  # noqa: E402

TABLES = pytest.StashKey[dict]()
SIGHTS = pytest.StashKey[dict]()


def pytest_configure(config):
    config.addinivalue_line("markers", "boards: for `make test-boards`, not for `make test-system`")
    config.addinivalue_line("markers", "bochs: a machine of Bochs, not of QEMU")
    config.stash[TABLES] = collections.defaultdict(list)
    config.stash[SIGHTS] = {}


def pytest_runtest_setup(item):
    item.config.stash[SIGHTS][item.nodeid] = []  # a test that fails has seen nothing


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What a machine said last belongs to every failure; a wait's own has it already."""
    report = (yield).get_result()
    if report.when == "call" and report.failed and not call.excinfo.errisinstance(MachineError):
        for machine in item.funcargs.get("machines", ()):
            if isinstance(machine, Machine):
                report.sections.append(("machine", machine.tails()))


def pytest_sessionfinish(session):
    """One of several processes that run tests (pytest -n) leaves what it saw to the one that started them."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["tables"] = dict(config.stash[TABLES])
        config.workeroutput["sights"] = config.stash[SIGHTS]
    else:
        sights.save(" ".join([config.option.markexpr, *config.args]), config.stash[SIGHTS])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    output = getattr(node, "workeroutput", {"tables": {}, "sights": {}})  # one that crashed has none
    for title, rows in output["tables"].items():
        node.config.stash[TABLES][title] += rows
    node.config.stash[SIGHTS].update(output["sights"])


def pytest_terminal_summary(terminalreporter, config):
    """Shows what the tests measured and saw, one table a title."""
    for title, rows in config.stash[TABLES].items():
        terminalreporter.section(title)
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            terminalreporter.line("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


@pytest.fixture
def table(request):
    """Adds a row to the table of that title, which is shown at the end of the run."""

    def add(title, *cells):
        request.config.stash[TABLES][title].append([str(cell) for cell in cells])

    return add


@pytest.fixture
def seen(request):
    """Says, at a test's end, what was seen on the board that this text names: docs/boards.md."""

    def add(text, feature, value="yes"):
        assert feature in sights.FEATURES
        request.config.stash[SIGHTS][request.node.nodeid].append([sights.board_of(text), feature, value])

    return add


@pytest.fixture
def folder(request):
    """A folder of this test's own below the build folder: logs stay there to be looked at."""
    path = BUILD / "tests" / re.sub(r"[^\w.-]+", "-", request.node.name)
    path.mkdir(parents=True, exist_ok=True)
    for old in path.iterdir():
        if old.is_file():
            old.unlink()
    return path


@pytest.fixture
def machines():
    """A list of machines to be ended, whatever happens to the test."""
    started = []
    yield started
    for machine in reversed(started):
        machine.stop()


@pytest.fixture
def system():
    """The path of one of the shipped systems, by name."""
    return lambda name: ROOT / "configs" / "partitions" / f"{name}.dts"


@pytest.fixture
def run(machines, folder):
    """Starts `bulkhead run FILE --headless` with further options."""

    def start(file, *arguments, environment=None):
        machine = BulkheadMachine(file, folder, *arguments, environment=environment)
        machines.append(machine)
        return machine

    return start


@pytest.fixture
def qemu(machines):
    """Starts QEMU with an image on a machine of the test's choice: the arguments of QemuMachine."""

    def start(image, *arguments, **options):
        machine = QemuMachine(image, *arguments, **options)
        machines.append(machine)
        return machine

    return start


@pytest.fixture(scope="module")
def image(request, tmp_path_factory):
    """The bytes of a right image, of the module's SYSTEM."""
    path = tmp_path_factory.mktemp("image") / "image"
    subprocess.run([BULKHEAD, "build", request.module.SYSTEM, "-o", path], check=True, timeout=120)
    return path.read_bytes()


@pytest.fixture
def build(folder):
    """Builds a system's image and returns its path."""

    def make(file, name="image"):
        image = folder / name
        subprocess.run([BULKHEAD, "build", str(file), "-o", str(image)], check=True, timeout=120)
        return image

    return make
