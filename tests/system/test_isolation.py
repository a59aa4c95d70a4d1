# SPDX-License-Identifier: Apache-2.0
"""A hostile guest against its neighbour: the answer to each attack, and what the neighbour notices, which is nothing.

The attacks are in tests/guests/hostile. One that ends its partition gets a machine of its own. The neighbour
(tests/guests/neighbour) watches a pattern in its memory, every interrupt, its 1 kHz periods and its own exits.
"""

import functools
import json
import re
import subprocess

import pytest

from guests import Neighbour
from machine import BULKHEAD, ROOT

SYSTEMS = {"gicv3": ROOT / "tests" / "guests" / "hostile.dts", "gicv2": ROOT / "tests" / "guests" / "hostile-gicv2.dts"}
TITLE = "attack x answer"
HOSTILE = 0  # the partition's number

# All function ids that answer, but those that end the caller: SMCCC, PSCI, and the hypervisor's own.
CALLS = (
    "80000000 84000000 84000001 84000004 84000006 8400000a "
    "86000000 86000010 86000011 86000012 8600ff01 8600ff03 c4000001 c4000004 c6000010 c6000011 c6000012"
)

# What comes back to the attacker, as a regular expression of the whole answer: what only one interrupt controller has.
GIC_ANSWERS = {
    "gicv3": {
        # Other partitions' interrupts: not there to read, writes have no effect, whatever the size of the access.
        "gicd-enable": "own 0x00000002 private 0x00000000 foreign 0x00000000",
        "gicd-disable": "own 0x00000000 private 0x00000000 foreign 0x00000000",
        "gicd-pend": "own 0x00000002 private 0x00000000 foreign 0x00000000",
        "gicd-unpend": "own 0x00000000 private 0x00000000 foreign 0x00000000",
        "gicd-activate": "own 0x00000002 private 0x00000000 foreign 0x00000000",
        "gicd-deactivate": "own 0x00000000 private 0x00000000 foreign 0x00000000",
        "gicd-group": "own 0x00000002 private 0x00000000 foreign 0x00000000",
        "gicd-modifier": "readable 0x0",
        "gicd-trigger": "own 0x0 foreign 0x0",
        "gicd-route": "own 0x0 foreign 0x0",
        "gicd-control": "before 0x52 after 0x52",
        "gicd-features": "lpis 0 mbis 0 espi 0 typer2 0x0 statusr 0x0",
        "gicd-messages": "taken 0x0 exceptions 0",
        "gicd-sweep": "exceptions 0 ctlr 0x52",
        # The own redistributors: no sleep, no LPI tables, no priority above the hypervisor's kick.
        "gicr-sleep": "waker 0x0",
        "gicr-lpi": "readable 0x0 exceptions 0",
        "gicr-priority": "lowest 0x10",
        "gicr-group": "group1 0x4800ffff",
        "gicr-features": "frames 2 lpis 0",
        "gicr-sweep": "exceptions 0",
        # SGIs to foreign cores go nowhere.
        "sgi-foreign": "taken 0x0000 exceptions 0",
        "sgi-broadcast": "taken 0x0000 exceptions 0",
        "sgi-reserved-bits": "taken 0x0000 exceptions 0",
        "sgi-own": "taken 0xffff exceptions 0",
        "sgi-other-groups": "taken 0x0000 exceptions 0",
        "sgi-sleeper": "before 1 after 1",
        "icc-group0": "igrpen0 0 iar0 1023 hppir0 1023 bpr0 0 ap0r0 0 exceptions 0",
        "icc-legacy": "sre 0x7 exceptions 0",
        "icc-foreign-end": "exceptions 0",
        "mmio-pair": "read 0x00000000 0x00007000 exceptions 0",  # the first has none of its interrupts
        "icc-control": "eoimode and cbpr 0x3 then 0x0 above the mask 0x0",
    },
    "gicv2": {
        # As above; interrupts below 32 are the core's own, and SGIs stay enabled.
        "gicd-enable": "own 0x00000002 private 0x4800ffff foreign 0x00000000",
        "gicd-disable": "own 0x00000000 private 0x0000ffff foreign 0x00000000",
        "gicd-pend": "own 0x00000002 private 0x48000000 foreign 0x00000000",
        "gicd-unpend": "own 0x00000000 private 0x00000000 foreign 0x00000000",
        "gicd-activate": "own 0x00000002 private 0x4800ffff foreign 0x00000000",
        "gicd-deactivate": "own 0x00000000 private 0x00000000 foreign 0x00000000",
        "gicd-group": "own 0x00000000 private 0x00000000 foreign 0x00000000",
        "gicd-trigger": "own 0xaaaaaaaa foreign 0x0",
        "gicd-target": "own 0x03 private 0x01 foreign 0x00",
        "gicd-target-elsewhere": "before 0x01 after 0x00",
        "gicd-control": "before 0x1 after 0x1",
        "gicd-features": "cores 2 hidden 0x0 sgir 0x0 pidr2 0x2b",
        "gicd-sweep": "exceptions 0 ctlr 0x1",
        # SGIs to foreign cores go nowhere, and their sources are the own cores.
        "sgi-self": "taken 0xffff exceptions 0",
        "sgi-list": "taken 0xffff exceptions 0",
        "sgi-foreign": "taken 0x0000 exceptions 0",
        "sgi-broadcast": "taken 0x0000 exceptions 0",
        "sgi-reserved": "taken 0x0000 exceptions 0",
        "sgi-sleeper": "before 1 after 1",
        "sgi-sources": "set 0x03030303 left 0x00000000 taken 0x0000",
        "sgi-second": "took 0xffff priorities 0xa0000000 targets 0x02020202 enabled 0x0000ffff, here 0x0",
        # The CPU interface is the hardware's: it knows no other core.
        "gicc-foreign-end": "exceptions 0",
        "gicc-acknowledge": "others' 0 exceptions 0",
        "gicc-control": "on 1 off 0",
        "gicc-active-priorities": "running 0x00 then 0xff exceptions 0",
        "gicc-sweep": "exceptions 0",
        "mmio-pair": "read 0x00100000 0x00007000 exceptions 0",  # the first has a timer
        "read 0x8012000": "read 0x00000000 exceptions 1",  # of its window, where QEMU has no register: the bus says no
    },
}

# And what is the same with both.
ANSWERS = {
    "gicd-priority": "own 0x10 foreign 0x00",
    # Calls: foreign cores and partitions are invalid or denied, everything unknown is not supported.
    "psci-cpu-on": "wrong 0 self -4",
    "psci-affinity-info": "wrong 0 self 0 other 1",
    "abi-observe": "given 0 denied 6 huge -2 core -2 reason -2",
    "call-sweep-hvc": CALLS + r" calls \d+ registers changed 0 exceptions 0",
    "call-sweep-smc": CALLS + r" calls \d+ registers changed 0 exceptions 0",
    "call-random-hvc": "answered 0 of 16384 registers changed 0 exceptions 0",
    "call-random-smc": "answered 0 of 16384 registers changed 0 exceptions 0",
    "call-immediates": "wrong 0 exceptions 0",
    # Registers and instructions of higher levels do not exist; those that reach past the partition keep nothing.
    "register-higher": "undefined: reads all writes all",
    "register-trapped": r"kept 0 of \d+",
    "register-os-lock": "oslsr 0x8 exceptions 0",
    "register-set-way": "exceptions 0",
    "register-impdef": "class 0x00",
    "instruction-higher": "undefined 14 of 14",
    "illegal-return": "illegal 8 of 8",
    "debug-breakpoint": "class 0x3c",
    "user": "classes 0x00 0x00 0x00",
    "user-a32": "classes 0x11 0x00",
    "user-a32-register": "classes 0x00",
    # Whole spaces of encodings: each trapped register as the table of traps has it, maintenance, exceptions, returns.
    "sweep-registers": r"answered \d+ undefined \d+ wrong 0",
    "sweep-registers-user": r"answered \d+ undefined \d+ wrong 0",
    "sweep-maintenance": r"done \d+ of higher levels 0 other 0",
    "sweep-maintenance-user": r"done \d+ of higher levels 0 other 0",
    "sweep-exceptions": "classes 0x00 0x15 0x3c",
    "sweep-undefined": "undefined 9 of 9",
    "sweep-returns": "illegal 59 legal 5",
    # Trapped registers through accesses that have no syndrome, and others that no driver makes.
    "mmio-post-index": "read 0x00005000 moved -4 exceptions 0",
    "mmio-pre-index": "read 0x60 moved 1 exceptions 0",
    "mmio-stack-base": "read 0x00001000 moved 0 exceptions 0",
    "mmio-unaligned": "readable 0x0 exceptions 0",
    "mmio-wide": "readable 0x0 exceptions 0",
    "mmio-sign-extended": "word 0x9[02] byte 0xfffffffffffffff0 0xfffffff0",
    "mmio-maintenance": "exceptions 0",
    "mmio-prefetch": "exceptions 0",
    "sweep-accesses": r"accesses \d+ moved wrong 0 exceptions 0",
    "mmio-instruction 0x2840316a": "class 0x15",  # LDNP
    # Cache maintenance reads nothing; translation tells the own first stage only. QEMU faults neither.
    "maintain 0xb0000000": "exceptions 0",
    "translate 0xb0000000": "par 0x[0-9a-f]+b0000[0-9a-f]+ exceptions 0",
    # What hurts nobody else.
    "self-sleeps": "woke twice, exceptions 0",
    "self-jump-to-zero": "class 0x21",
    "self-mmu-off": "exceptions 0",
    "flood-distributor": "done",
    "flood-calls": "done",
    "flood-sgis": "done",
    "flood-invalidations": "done",
    "second-cycle": "cycles 200",
    "second-serves": "took 1 and 1",
    # A core that starts again finds nothing of its earlier life.
    "second-remains": "done 1 general 0x0 system 0x0 vector 0x0 sctlr 0x30c50830 mpidr 0x80000001",
}

# What ends the partition: the cause that the hypervisor's message gives. A word in braces is an address of this system.
READ = "a read outside its memory and devices"
WRITE = "a write outside its memory and devices"
FETCH = "instruction fetch outside its memory"
EXECUTE = "execution where it is not allowed"
TABLES = "page tables outside its memory"
UNFETCHED = "a register access whose instruction is outside its memory"
UNDECODED = "a register access by an instruction that is not decoded"
CROSSING = "a register access that crosses a page or changed meanwhile"
ENDS = {
    "read {hypervisor}": READ,
    "read {plan}": READ,
    "read {stage2_root}": READ,
    "read {golden}": READ,
    "read {neighbour_ram}": READ,
    "read {own_physical}": READ,
    "read {behind_own}": READ,
    "read-normal {neighbour_ram}": READ,
    "write {hypervisor}": WRITE,
    "write {stage2_root}": WRITE,
    "write {golden}": WRITE,
    "write {neighbour_ram}": WRITE,
    "write-normal {hypervisor}": WRITE,
    "write-normal {neighbour_ram}": WRITE,
    "execute {hypervisor}": FETCH,
    "execute {neighbour_ram}": FETCH,
    "execute {own_uart}": EXECUTE,
    "walk {neighbour_ram}": TABLES,
    "walk {stage2_root}": TABLES,
    "walk {own_uart}": TABLES,
    "walk {distributor}": TABLES,
    "root {neighbour_ram}": FETCH,
    "stack {neighbour_ram}": WRITE,
    "read {foreign_uart}": READ,
    "write {foreign_uart}": WRITE,
    "read {foreign_rtc}": READ,
    "read {flash}": READ,
    "write {virtio}": WRITE,
    "read {pcie}": READ,
    "read {last}": READ,
    "mmio-vector": UNDECODED,
    "mmio-vector-structure": UNDECODED,
    "mmio-exclusive": UNDECODED,
    "mmio-zero-line": UNDECODED,
    "mmio-instruction 0x887f316a": UNDECODED,  # LDXP
    "mmio-instruction 0x885ffd6a": UNDECODED,  # LDAXR
    "mmio-instruction 0x4d40c960": UNDECODED,  # LD1R
    "mmio-instruction 0x3cc10560": UNDECODED,  # LDR Q0, post-index
    "mmio-instruction 0xad000560": UNDECODED,  # STP Q0, Q1
    "mmio-pair-over-end": CROSSING,
    "mmio-code": FETCH,
    "mmio-code-moved": UNFETCHED,
    "psci-cpu-on-nowhere {neighbour_ram}": FETCH,
    "second-dies {neighbour_ram}": READ,
    "first-dies {neighbour_ram}": READ,
}

# And what only one controller's board has.
GIC_ENDS = {
    "gicv3": {
        "read {its}": READ,
        "write {its_translater}": WRITE,
        "read {foreign_redistributor}": READ,
        "write {foreign_redistributor}": WRITE,
        "read {legacy_interface}": READ,
    },
    "gicv2": {
        "write {message_frame}": WRITE,
        "read {hypervisors_interface}": READ,
        "write {hypervisors_interface}": WRITE,
        "read {virtual_interface}": READ,
        "write {virtual_interface}": WRITE,
    },
}

# What neither answers nor ends: the partition keeps itself busy, or sleeps, and is still the only one that is hurt.
ENDLESS = ["self-spin", "self-sleep-for-ever", "self-broken-vectors", "self-deaf-sleep"]

# Those that have tests of their own: test_recall.py.
ELSEWHERE = ["race-instruction", "recall", "sleeps-closed", "storm"]

# Calls by which the partition ends itself.
LEAVES = {"call-one 0x84000008": "switched itself off", "call-one 0x84000009": "reset itself"}


@functools.cache
def places(controller):
    """Guest-physical addresses that name what is at these physical addresses, by the plan of this very system."""
    command = [BULKHEAD, "build", SYSTEMS[controller], "--json", "-"]
    system = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)
    hostile, neighbour = system["partitions"]
    pieces = {piece["name"]: int(piece["base"], 16) for piece in system["hypervisor"]["pieces"]}

    def window(partition, guest):
        return next(int(window["base"], 16) for window in partition["windows"] if window["guest"] == guest)

    return {
        "hypervisor": int(system["board"]["load-address"], 16),
        "plan": pieces["plan"],
        "stage2_root": int(neighbour["stage2"]["root"], 16),
        "golden": int(neighbour["images"][0]["golden"], 16),
        "neighbour_ram": window(neighbour, "0x40000000") + 0x1000000,
        "own_physical": window(hostile, "0x80000000"),
        "behind_own": 0x80800000,
        "own_uart": 0x09000000,
        "distributor": 0x08000000,
        "foreign_uart": 0x09040000,
        "foreign_rtc": 0x09010000,
        "its": 0x08080000,
        "its_translater": 0x08090040,
        "foreign_redistributor": 0x080F0100,
        "legacy_interface": 0x08010000,
        "message_frame": 0x08020040,
        "hypervisors_interface": 0x08030000,
        "virtual_interface": 0x08040000,
        "flash": 0,
        "virtio": 0x0A000000,
        "pcie": 0x10000000,
        "last": 0x7FFFFFFFF0,
    }


def answers(controller):
    """Each attack that is answered, with its answer."""
    return GIC_ANSWERS[controller] | ANSWERS


class Arena:
    """The two of them on a machine, by the names of their consoles."""

    def __init__(self, machine, hostile="hostile", neighbour="neighbour"):
        self.machine = machine
        self.hostile = hostile
        self.neighbour = neighbour
        machine.expect(hostile, "HOSTILE ready")
        machine.expect(neighbour, "NEIGHBOUR ready")
        self.settings = self.controller()
        assert self.settings.strip("0 ")

    def attack(self, line):
        self.machine.command_line(self.hostile, f"attack {line}", "")

    def answer(self):
        return self.machine.expect(self.hostile, r"^ATTACK [\w-]+: (.*?)\r?\n")[1]

    def controller(self):
        """How the neighbour's interrupts are set: enables, groups, triggers, priorities, targets."""
        return self.machine.command_line(self.neighbour, "controller", r"^CONTROLLER (.*) end\r?\n")[1]

    def check_neighbour(self):
        """A whole pass over the pattern from now on; its console works, which is an interrupt of its own, set as ever."""
        assert self.controller() == self.settings
        self.machine.command_line(self.neighbour, "check", "CHECKED")
        found = self.machine.expect(self.neighbour, r"NEIGHBOUR pattern (\w+) .* lost (\d+) exits (\d+)\r?\n")
        assert found.groups() == ("ok", "0", "0")
        assert "UNEXPECTED" not in self.machine.text(self.neighbour)

    def state(self):
        return self.machine.command_line(self.neighbour, f"state {HOSTILE}", r"^STATE 0 (\w+)\s")[1]

    def cores(self):
        """Those of its cores that are not off, a bit each."""
        return int(self.machine.command_line(self.neighbour, f"cores {HOSTILE}", r"^CORES 0 (0x\w+)\s")[1], 16)

    def storm(self, table, board, least, passes=3):
        """Both of its cores make all the exits they can, at least so many each: nothing that the neighbour would notice."""
        neighbour = Neighbour(self.machine, self.neighbour)
        self.attack("storm")
        self.machine.expect(self.hostile, "storms")
        before = neighbour.exits(HOSTILE)
        for _ in range(passes):
            self.check_neighbour()
        after = neighbour.exits(HOSTILE)
        made = [sum(new.values()) - sum(old.values()) for old, new in zip(before, after)]
        table("storm", board, f"{made[0]} and {made[1]} exits of the attacker's cores", "0 exits, 0 lost periods of the neighbour")
        assert min(made) > least
        assert self.state() == "running"
        self.check_hypervisor()

    def check_hypervisor(self):
        """Ends the machine; the hypervisor's own log has no panic, and its exit status says so too."""
        self.machine.stop()
        self.machine.check_log()


@pytest.fixture(params=SYSTEMS)
def controller(request):
    return request.param


@pytest.fixture
def arena(run, controller):
    return Arena(run(SYSTEMS[controller]))


def test_every_attack_is_expected(arena, controller):
    arena.machine.command_line("hostile", "list", "end of list")
    attacks = set(re.findall(r"^attack ([\w-]+)\r?$", arena.machine.text("hostile"), re.M))
    lines = [*answers(controller), *ENDS, *GIC_ENDS[controller], *ENDLESS, *ELSEWHERE, *LEAVES]
    assert attacks == {line.split()[0] for line in lines}


def test_attacks_that_are_answered(arena, controller, table):
    wrong = []
    for line, pattern in answers(controller).items():
        arena.attack(line)
        answer = arena.answer()
        right = re.fullmatch(pattern, answer)
        table(TITLE, line, controller, answer if right else f"WRONG: {answer}, expected {pattern}")
        wrong += [] if right else [line]
        arena.check_neighbour()
    assert arena.state() == "running"
    arena.check_hypervisor()
    assert not wrong


def test_answers_of_a_core_with_everything(qemu, build, controller):
    """The same answers where the core has SVE, pointer authentication, a profiler and whatever else QEMU knows."""
    machine = f"virt,virtualization=on,gic-version={controller[-1]}"
    arena = Arena(qemu(build(SYSTEMS[controller]), machine=machine, cpu="max"), "uart0", "uart1")
    for line, pattern in answers(controller).items():
        arena.attack(line)
        assert re.fullmatch(pattern, arena.answer()), line
    arena.check_neighbour()
    assert arena.state() == "running"


def check_end(arena, controller, table, line, cause):
    arena.attack(line.format(**{name: hex(address) for name, address in places(controller).items()}))
    message = arena.machine.expect_hypervisor(r"partition hostile virtual core (\d): (.*?), pc (.*)\n")
    assert message[2].startswith(cause)
    if line.startswith("mmio-") and cause in (UNDECODED, CROSSING):
        assert ", instruction 0x" in message[3]
    arena.machine.expect_hypervisor(r"  x0\.\.( [0-9a-f]{16}){6}")
    arena.machine.expect_hypervisor("partition hostile faulted: stopped")
    assert arena.state() == "faulted"
    arena.check_neighbour()
    table(TITLE, line.replace("{", "").replace("}", ""), controller, f"faulted: {message[2]}")
    assert "ATTACK" not in arena.machine.text("hostile")
    arena.check_hypervisor()
    if "-dies" in line:  # beside another core, which was running
        assert re.search(r"partition hostile virtual core [01] recalled", arena.machine.log("hypervisor"))


@pytest.mark.parametrize("line", ENDS)
def test_attacks_that_end_the_partition(arena, controller, table, line):
    check_end(arena, controller, table, line, ENDS[line])


@pytest.mark.parametrize("controller, line", [(gic, line) for gic, lines in GIC_ENDS.items() for line in lines])
def test_attacks_on_the_controllers_frames_end_the_partition(arena, controller, table, line):
    check_end(arena, controller, table, line, GIC_ENDS[controller][line])


@pytest.mark.parametrize("line", ENDLESS)
def test_attacks_without_end(arena, controller, table, line):
    arena.attack(line)
    for _ in range(3):
        arena.check_neighbour()
    assert arena.state() == "running"
    table(TITLE, line, controller, "none; the neighbour goes on")
    arena.check_hypervisor()


@pytest.mark.parametrize("line", LEAVES)
def test_ends_itself_alone(arena, controller, table, line):
    arena.attack(line)
    arena.machine.expect_hypervisor(f"partition hostile {LEAVES[line]}")
    arena.check_neighbour()
    table(TITLE, line, controller, LEAVES[line])
    arena.check_hypervisor()
