#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `bulkhead verify` with the oracle on mutants of the images of the shipped systems, of rich.dts and of pci-x86.dts.

`mutate.py [--mutants N] [--seed N] [--arch ARCH] [--only NUMBER]`: each mutant is verified alone and beside its
configuration; both are to refuse exactly what the oracle refuses. Prints how many of which kind were refused; each
disagreement with what reproduces it; exit status 1 if there was one. Not here: the kinds (mutants.py), the rules (oracle.py, claims.py).
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
for folder in (HERE, HERE.parent / "image", ROOT / "scripts"):
    sys.path.insert(0, str(folder))

import claims  # noqa: E402
import lines  # noqa: E402
import mutants  # noqa: E402
import oracle  # noqa: E402
import x86  # noqa: E402
from pages import Walker  # noqa: E402
from subject import FORBIDDEN, HYPERVISOR, OWNERS, REACH  # noqa: E402
from test_image import linux_image  # noqa: E402

SHIPPED = ROOT / "configs/partitions"
ARMV8 = {name: SHIPPED / f"{name}.dts" for name in "rtos-rtos ivi-rtos ivi-rtos-gicv2 rtos32-rtos64 rt-linux".split()}
ARMV8["rich"] = HERE / "rich.dts"
X86 = {"rtos-rtos-x86": SHIPPED / "rtos-rtos-x86.dts", "two-x86": x86.AMD, "pci-x86": HERE / "pci-x86.dts"}
INTEL = {"rtos-rtos-bochs": SHIPPED / "rtos-rtos-bochs.dts", "two-intel": x86.INTEL}
SYSTEMS = ARMV8 | X86 | INTEL
ARCHITECTURES = {"armv8": ARMV8, "x86": X86, "intel": INTEL}
FAST = "/dev/shm"
REACHES = {FORBIDDEN, REACH, HYPERVISOR, OWNERS}  # the other kinds of findings are of form


def build_folder(folder, build):
    """Copies, so that a make beside changes nothing: of the program, the shipped hypervisors, boards and RTOS guests.

    Linux and its ramdisk are small stand-ins, which hash faster, as are the guests of two-x86.dtsi and pci-x86.dts.
    """
    shutil.copytree(ROOT / "config/boards", folder / "boards")
    for name in ("linux", "guests"):
        (folder / name).mkdir()
    for source in (build / "bulkhead", *build.glob("bulkhead-*.elf"), *build.glob("guests/rtos-demo*.elf")):
        shutil.copy(source, folder / source.relative_to(build))
    shutil.copy(x86.AMD.with_suffix(".dtsi"), folder)
    (folder / "rtos-x86.elf").write_bytes(x86.IMAGES["rtos-x86.elf"])
    for name in ("Image", "Image-rt"):
        (folder / "linux" / name).write_bytes(linux_image(0x12345, 0x20000))
    (folder / "linux/initramfs.cpio.gz").write_bytes(b"ramdisk" * 1000)


class System:
    """A shipped system: its image, what the oracle knows of it, and a place to write mutants to."""

    def __init__(self, name, folder):
        self.config = shutil.copy(SYSTEMS[name], folder)
        self.program = folder / "bulkhead"
        self.environment = dict(os.environ, BULKHEAD_BOARDS=str(folder / "boards"), BULKHEAD_BUILD=str(folder))
        path = folder / f"{name}.image"
        subprocess.run([self.program, "build", self.config, "-o", path], env=self.environment, check=True)
        self.content = path.read_bytes()
        self.walker = Walker()
        plan, found = oracle.judge(self.content, self.walker)
        assert not found, (name, found)
        self.claims = claims.Claims(plan)
        self.descriptors = mutants.descriptors(x86.image_of(self.content))
        self.kinds = mutants.kinds_of(plan.arch, plan.machine.VENDOR)
        self.place = folder / f"{name}.mutant"

    @property
    def path(self):
        """Each process has its own."""
        return self.place.with_suffix(f".{os.getpid()}")

    def verify(self, *arguments):
        command = [self.program, "verify", self.path, *arguments]
        options = {"env": self.environment, "capture_output": True, "encoding": "ascii", "timeout": 60}
        result = subprocess.run(command, check=False, **options)
        prefix = f"{self.path}: error: "
        lines = [line.removeprefix(prefix) for line in result.stderr.splitlines()]
        if result.returncode not in (0, 1) or bool(lines) != bool(result.returncode):
            lines.append(f"exit status {result.returncode}")
        return lines

    def mutant(self, kind, seed):
        image = x86.image_of(self.content)
        image.__dict__["descriptors"] = self.descriptors
        change, sealed = mutants.KINDS[kind]
        change(image, random.Random(seed))
        if sealed:
            image.seal()
        return bytes(image.data)

    def compare(self, kind, seed):
        content = self.mutant(kind, seed)
        self.path.write_bytes(content)
        plan, found = oracle.judge(content, self.walker)
        claimed = [] if found else list(self.claims.judge(plan))
        alone = self.verify()
        beside = alone or self.verify(self.config)
        verdict = Verdict(content == self.content, found, claimed, alone, beside)
        if plan is not None:
            missing = len(plan.all("cores")) - len(plan.frames), len(plan.all("partitions")) - len(plan.stage2)
            verdict.is_lost = any(missing)
        return verdict


class Verdict:
    """What both say of a mutant."""

    def __init__(self, same, found, claimed, alone, beside):
        self.same, self.found, self.claimed, self.alone, self.beside = same, found, claimed, alone, beside
        self.is_lost = False  # a tree cannot be walked at all: how much else is wrong then is a matter of taste

    @property
    def outcome(self):
        if self.same:
            return "unchanged"
        if self.found:
            return "reach" if REACHES & {kind for kind, _, _ in self.found} else "form"
        return "claims" if self.claimed else "accepted"

    def disagreement(self):
        if bool(self.found) != bool(self.alone):
            return f"alone: verify {self.alone[:3] or 'accepts'}, oracle {self.found[:3] or 'accepts'}"
        if bool(self.found or self.claimed) != bool(self.beside):
            return f"beside: verify {self.beside[:3] or 'accepts'}, oracle {self.claimed[:3] or 'accepts'}"
        return self.kinds_differ()

    def kinds_differ(self):
        """Both name the same kinds, as far as verify's list goes; a forbidden reach is one of REACH or of OWNERS."""
        said, found = lines.kinds_of(self.alone), {kind for kind, _, _ in self.found}
        is_cut = lines.are_cut(self.alone)
        missed = FORBIDDEN in found and not said & {REACH, OWNERS} and not is_cut
        found -= {FORBIDDEN}
        same = said <= found if is_cut else said == found
        if missed or not (same or self.is_lost and said & found):
            return f"kinds: verify {sorted(said)} {self.alone[:4]}, oracle {sorted(found)} {self.found[:4]}"
        return None


systems = {}  # made before the processes that share them: what fails then ends the run


def prepare(folder, build, names):
    build_folder(folder, build)
    systems.update({name: System(name, folder) for name in names})


def try_one(seed):
    """Mutant number `seed`, which chooses system and kind: (seed, system, kind, outcome, disagreement)."""
    name = list(systems)[seed % len(systems)]
    kinds = systems[name].kinds
    kind = kinds[seed // len(systems) % len(kinds)]
    try:
        verdict = systems[name].compare(kind, seed)
        return seed, name, kind, verdict.outcome, verdict.disagreement()
    except Exception:  # pylint: disable=broad-except
        return seed, name, kind, "error", traceback.format_exc()


def table(results):
    columns = ["reach", "form", "claims", "accepted", "unchanged", "disagree"]
    counts = collections.Counter()
    for _, _, kind, outcome, disagreement in results:
        counts[kind, "disagree" if disagreement else outcome] += 1
    shown = [f"{'kind of mutant; refused for':42}" + "".join(f"{column:>10}" for column in columns)]
    for kind in [*mutants.KINDS, "all"]:
        line = f"{kind:42}"
        for column in columns:
            line += f"{sum(n for key, n in counts.items() if key[1] == column and kind in (key[0], 'all')):>10}"
        shown.append(line)
    return "\n".join(shown)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=0, help="the first one's number")
    parser.add_argument("--only", type=int, help="one mutant, and all that is said of it")
    one = "only systems for this one, x86 being AMD's; gives other numbers"
    parser.add_argument("--arch", choices=list(ARCHITECTURES), help=one)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    build = arguments.build.resolve()
    base = FAST if os.access(FAST, os.W_OK) else None
    seeds = range(arguments.seed, arguments.seed + arguments.mutants)
    if arguments.only is not None:
        seeds = [arguments.only]
    with tempfile.TemporaryDirectory(dir=base) as folder:
        prepare(pathlib.Path(folder), build, ARCHITECTURES.get(arguments.arch, SYSTEMS))
        with multiprocessing.get_context("fork").Pool(arguments.jobs) as pool:
            results = list(pool.imap_unordered(try_one, seeds, chunksize=20))
    wrong = [result for result in results if result[4]]
    for seed, name, kind, _, text in sorted(wrong)[:100]:
        print(f"mutant {seed} ({name}; {kind}): {text}")
    print(table(results))
    print(f"mutants: {len(results)} of {len(systems)} systems, {len(wrong)} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
