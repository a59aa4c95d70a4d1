# SPDX-License-Identifier: Apache-2.0
"""A hostile guest against its neighbour on x86-64: the answer to each attack, and what the neighbour notices, which is nothing.

The attacks are in tests/guests/hostile/x86; otherwise all is as in test_isolation.py.
"""

import functools
import json
import re
import subprocess

import pytest

from machine import BULKHEAD, ROOT
from test_isolation import FETCH, READ, TABLES, UNDECODED, WRITE, Arena

SYSTEM = ROOT / "tests" / "guests" / "hostile-x86.dts"
TITLE = "attack x answer, x86-64"
BOARD = "qemu-q35"

EVENT = "an exception delivered outside its memory"
TRIPLE = "a triple fault"
STATE = "a state that the processor cannot enter"

QUIET = "taken 0 nmis 0 refused 0"
ONE = "taken 1 nmis 0 refused 0"
TWO = "taken 2 nmis 0 refused 0"
NMI = "taken 0 nmis 1 refused 0"
PIN_MODES = "10061 10061 10061 10061 10461 10061 10061 10761 refused 3 of 3"  # all but fixed, NMI, external are masked
PLAIN_MODES = "10061 - - - - - - - refused 3 of 3"
MASKED_ENTRIES = " ".join(f"{index:x}" for index in range(0x10, 0x1a, 2))  # pins up to its own

# What comes back to the attacker, as a regular expression of the whole answer, where the vendors' processors differ, or their
# emulators: QEMU has registers of the local APIC that can only be written, and such that there are not in this mode; it takes
# bits of control registers that there are not, and VMXON, VMPTRLD and VMCLEAR for others, by their operand's address. Bochs
# delivers no interrupt of the lowest priority to a core by its id. Exceptions in the order of instructions.c; from level 3 the
# check of the level comes first.
OTHER = "(?:-|6|13|14)"
VENDOR_ANSWERS = {
    "amd": {
        "msr-read 0": "10 17 1b 48-49 8b 174-176 1a0 1d9 277 6e0 802-803 808-80b 80d 80f-828 830-838 83e da0 other 0",
        "msr-write 0": "1b 48-49 79 8b 174-176 1a0 1d9 277 6e0 803 808-80b 80f-828 832-838 83e da0 other 0",
        "ioapic-registers": f"1 {MASKED_ENTRIES}-19 changed 0",  # its own entry's core is not core 0
        "ioapic-destinations": "own 4 strange 0",  # fixed and lowest priority, edge and level, to the core that listens
        "instructions": f"6 6 6 6 6 6 6 - 6 {OTHER} {OTHER} {OTHER} 6 6 6 6 6 6 6 6 6 6 13 6 6 - - 6 6 6",
        "instructions-user": f"13 13 13 13 13 6 13 6 6 {OTHER} {OTHER} {OTHER} 6 6 6 6 6 6 6 6 6 6 13 6 6 13 13 6 6 6 ; -" + 15 * " 13",
        "cpuid-sweep": "0-1 b 40000000-40000001 40000003 40000100 80000000-80000003 80000005-80000006 80000008",
        "register-cr8": "0-3f kept 1",
        "register-xcr0": "none",
        "register-reserved 2": "vector 255",
    },
    "intel": {
        "msr-read 0": "10 17 1b 48-49 8b 174-176 1a0 1d9 277 6e0 802-803 808 80a 80d 80f-828 830 832-838 83e da0 other 0",
        "msr-write 0": "1b 48-49 79 8b 174-176 1a0 1d9 277 6e0 808 80b 80f 828 832-838 83e da0 other 0",
        "ioapic-registers": f"1 {MASKED_ENTRIES} changed 0",
        "ioapic-destinations": "own 2 strange 0",
        "instructions": "6 6 6 6 6 6 6 6 - 6 6 6 6 6 6 6 6 6 6 6 6 6 13 6 6 - - 6 6 6",
        "instructions-user": "6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 13 6 6 13 13 6 6 6 ; -" + 15 * " 13",
        "cpuid-sweep": "0-2 4 6-7 b d 15-16 1f 40000000-40000001 40000003 40000100 80000000-80000004 80000006-80000008 "
        "80000019-8000001a 8000001d-8000001e 80000021",  # beyond the last one an Intel says what its last basic one does
        "register-cr8": "0-3 kept 1",
        "register-xcr0": "1 kept 1",
        "register-reserved 0": "vector 13",
        "register-reserved 1": "vector 13",
        "register-reserved 2": "vector 13",
    },
}

# And what is the same on both. Registers by number, in ranges.
ANSWERS = {
    # Model-specific registers: those of the guest's own core, and those that answer with constants; all else is #GP.
    "msr-read 1": "40000000-40000002 40000022-40000023 40000073 40000118 other 0",
    "msr-read 2": "c0000080-c0000084 c0000100-c0000103 other 0",
    "msr-read 3": "c0010010 c0010015 c001001f c0010055 c0010058 other 0",
    "msr-write 1": "40000000-40000001 40000073 40000118 other 0",
    "msr-write 2": "c0000080-c0000084 c0000100-c0000103 other 0",
    "msr-write 3": "c0010015 c001001f c0010055 other 0",
    "msr-far": "read 0 written 0",
    "msr-constants": "0 1801 0 1 0 1000000 0 0",
    # Ports: nobody answers, but for a few zeros; strings are refused.
    "port-in 1": "42 64 71 600-601 exceptions 0",
    "port-in 2": "42 64 71 600-601 exceptions 0",
    "port-in 4": "42 64 71 600-601 exceptions 0",  # it has no PCI function: no bus, either
    "port-out 1": "exceptions 0",
    "port-out 2": "exceptions 0",
    "port-out 4": "exceptions 0",
    "port-out-of-own": "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff",
    "port-strings": "refused 28 of 28",
    "port-pci": "present 0 exceptions 0",
    "port-machine": "exceptions 0",
    "port-user": "refused 65536",
    # Interrupts to others go nowhere, in whatever mode; to all go to ourselves.
    "icr-foreign": QUIET,
    "icr-random": QUIET,
    "icr-shorthands": f"{TWO} {QUIET} {TWO} {TWO} {TWO} {NMI} {QUIET} {NMI} {NMI} {NMI}",
    "icr-self": f"taken 223 nmis 0 refused 0 taken 223 nmis 0 refused 0 {QUIET}",
    "icr-reset-others": QUIET,
    "apic-mode": "refused 8 of 8 same 1",
    "lvt-modes 0x832": PLAIN_MODES,
    "lvt-modes 0x833": PIN_MODES,
    "lvt-modes 0x834": PIN_MODES,
    "lvt-modes 0x835": PIN_MODES,
    "lvt-modes 0x836": PIN_MODES,
    "lvt-modes 0x837": PLAIN_MODES,
    "lvt-timer-modes": " ".join([ONE] + 7 * [QUIET]),
    "lvt-error-modes": " ".join(8 * [QUIET]),
    # The I/O APIC: others' pins read as masked and stay as they are, an own one reaches own cores alone.
    "ioapic-words": "readable 0",
    "ioapic-shared-end": "own 1",
    "ioapic-forms": "wrong 0x0",
    "call-sweep": "86000000 86000010-86000012 8600ff01 8600ff03 c6000010-c6000012 changed 0",
    "call-random": "answered 0 changed 0",
    "call-observe": "given 0 denied 3",
    "call-user": "vector 6",
    "cpuid-hidden": "0x0",
    # Control registers are the guest's own.
    "register-cr0": "1-1c 1e kept 1",
    "register-cr4": "0-4 6-a kept 1",
    "register-efer": "0 a kept 1",
    "register-step": "vector 1 dr6 ffff4ff0",
    "register-breakpoints {hypervisor_code}": "done",
    "register-breakpoints {hypervisor_data}": "done",
    "hint {neighbour_ram}": "done",
    "flood-calls": "done",
    "flood-nmis": "taken",
    "flood-flushes": "done",
    "second-cycle": "cycles 200",
    "second-muddle": "works 1",
    # A core that starts again finds nothing of its earlier life: timer masked, PAT as after reset.
    "second-remains": "dr 0 cr2 0 vectors 0 msrs 0 pat 7040600070406 tpr 0 timer 10000 pending 0",
}

# What ends the partition: the cause that the hypervisor's message gives. A word in braces is an address of this system.
ENDS = {
    "read {hypervisor}": READ,
    "read {plan}": READ,
    "read {stage2_root}": READ,
    "read {golden}": READ,
    "read {neighbour_ram}": READ,
    "read {behind_own}": READ,
    "read {local_apic}": READ,
    "read {flash}": READ,
    "read {last}": READ,
    "user-read {neighbour_ram}": READ,
    "vector-read {neighbour_ram}": READ,
    "string-read {behind_own}": READ,
    "crossing {behind_own}": READ,
    "segments {neighbour_ram}": READ,
    "gates {neighbour_ram}": EVENT,
    "write {hypervisor}": WRITE,
    "write {stage2_root}": WRITE,
    "write {golden}": WRITE,
    "write {neighbour_ram}": WRITE,
    "write {local_apic}": WRITE,
    "exchange {neighbour_ram}": WRITE,
    "compare {neighbour_ram}": WRITE,
    "state-write {neighbour_ram}": WRITE,
    "string-write {behind_own}": WRITE,
    "stack {neighbour_ram}": WRITE,
    "port-string-outside {neighbour_ram}": WRITE,
    "execute {hypervisor}": FETCH,
    "execute {neighbour_ram}": FETCH,
    "execute-crossing {behind_own}": FETCH,
    "walk {neighbour_ram}": TABLES,
    "walk {stage2_root}": TABLES,
    "root {neighbour_ram}": TABLES,
    "ioapic-read-byte": UNDECODED,
    "ioapic-read-word": UNDECODED,
    "ioapic-read-quad": UNDECODED,
    "ioapic-read-extended": UNDECODED,
    "ioapic-read-signed": UNDECODED,
    "ioapic-read-compare": UNDECODED,
    "ioapic-read-test": UNDECODED,
    "ioapic-read-push": UNDECODED,
    "ioapic-read-vector": UNDECODED,
    "ioapic-read-string": UNDECODED,
    "ioapic-write-byte": UNDECODED,
    "ioapic-write-word": UNDECODED,
    "ioapic-write-quad": UNDECODED,
    "ioapic-write-or": UNDECODED,
    "ioapic-write-exchange": UNDECODED,
    "ioapic-write-locked": UNDECODED,
    "ioapic-write-pop": UNDECODED,
    "ioapic-write-vector": UNDECODED,
    "ioapic-write-string": UNDECODED,
    "ioapic-write-cache-past": UNDECODED,
    "ioapic-read-crossing": READ,
    "ioapic-read-crossing-end": UNDECODED,
    "ioapic-read-by-call": UNDECODED,
    "ioapic-jump": FETCH,
    "ioapic-table": TABLES,
    "ioapic-stack": UNDECODED,
    "self-triple-fault": TRIPLE,
}

# And what does so on one vendor's only.
VENDOR_ENDS = {"amd": {"register-reserved 0": STATE, "register-reserved 1": STATE}, "intel": {}}

# What neither answers nor ends: the partition keeps itself busy, or sleeps, and is still the only one that is hurt.
ENDLESS = ["self-spin", "self-sleep-for-ever"]

# By which the partition ends itself: the ports that its ACPI tables name, the others that reset a PC; and, with each, what
# it leaves pending in its local APIC.
LEAVES = {
    "port-leave 0x60034": "switched itself off",
    "port-leave 0xcf906": "reset itself",
    "port-leave 0xcf90e": "reset itself",
    "port-leave 0x64fe": "reset itself",
    "apic-illegal-vectors": "switched itself off",
    "apic-pending-vectors": "switched itself off",
}

# States of the first core, by the attack's argument (tests/guests/hostile/x86/second.c), while the second one faults.
STATES = {
    0: "HLT, interrupts off",
    1: "jmp ., interrupts off",
    2: "HLT and a 1 kHz timer",
    3: "busy, and a 1 kHz timer",
    4: "HLT, local APIC off",
    5: "HLT at the highest task priority",
    6: "HLT, the highest vector pending",
    7: "HLT in an NMI that never ends",
    8: "a debug exception behind each instruction",
    9: "CPUID for ever",
    10: "interrupts to others for ever",
    11: "I/O APIC accesses for ever",
    12: "undefined instructions for ever",
}


def answers(vendor):
    """Each attack that is answered, with its answer."""
    return VENDOR_ANSWERS[vendor] | ANSWERS


def ends(vendor):
    """Each attack that ends its partition, with the cause."""
    return ENDS | VENDOR_ENDS[vendor]


@functools.cache
def places(system=SYSTEM, board=BOARD):
    """Addresses that name what is at these physical addresses, by the plan of this very system."""
    command = [BULKHEAD, "build", system, "--json", "-"]
    plan = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)
    neighbour = plan["partitions"][1]
    pieces = {piece["name"]: int(piece["base"], 16) for piece in plan["hypervisor"]["pieces"]}
    symbols = subprocess.run(["nm", BULKHEAD.parent / f"bulkhead-{board}.elf"], check=True, capture_output=True, text=True)

    def symbol(name):
        return int(re.search(rf"^([0-9a-f]+) \w {name}$", symbols.stdout, re.M)[1], 16)

    def ram(partition):
        return next(int(window["base"], 16) for window in partition["windows"] if int(window["guest"], 16) == 0)

    return {
        "hypervisor": int(plan["board"]["load-address"], 16),
        "hypervisor_code": symbol("svm_exit"),
        "hypervisor_data": symbol("cpuid_rows"),
        "plan": pieces["plan"],
        "stage2_root": int(neighbour["stage2"]["root"], 16),
        "golden": int(neighbour["images"][0]["golden"], 16),
        "neighbour_ram": ram(neighbour) + 0x1000000,
        "behind_own": 0x800000,
        "local_apic": 0xFEE00300,
        "flash": 0xFFFFFFF0,
        "last": 0xFFFFFFFFF0,
    }


def line_of(attack, *system):
    return attack.format(**{name: hex(address) for name, address in places(*system).items()})


@pytest.fixture
def arena(run):
    return Arena(run(SYSTEM))


def test_every_attack_is_expected(arena):
    arena.machine.command_line("hostile", "list", "end of list")
    attacks = set(re.findall(r"^attack ([\w-]+)\r?$", arena.machine.text("hostile"), re.M))
    lines = [*answers("amd"), *ends("amd"), *ENDLESS, *LEAVES, "recall", "storm"]
    assert attacks == {line.split()[0] for line in lines}


def test_attacks_that_are_answered(arena, table):
    wrong = []
    for line, pattern in answers("amd").items():
        arena.attack(line_of(line))
        answer = arena.answer()
        right = re.fullmatch(pattern, answer)
        table(TITLE, line.replace("{", "").replace("}", ""), answer if right else f"WRONG: {answer}, expected {pattern}")
        wrong += [] if right else [line]
        arena.check_neighbour()
    assert arena.state() == "running"
    arena.check_hypervisor()
    assert not wrong


@pytest.mark.parametrize("line", ends("amd"))
def test_attacks_that_end_the_partition(arena, table, line):
    arena.attack(line_of(line))
    message = arena.machine.expect_hypervisor(r"partition hostile virtual core 0: (.*?), pc (.*)\n")
    table(TITLE, line.replace("{", "").replace("}", ""), f"faulted: {message[1]}")
    assert message[1].startswith(ends("amd")[line])
    if ends("amd")[line] == UNDECODED:
        assert re.match(r"\w+, instruction 0x\w{8}, ", message[2])
    arena.machine.expect_hypervisor("partition hostile faulted: stopped")
    assert arena.state() == "faulted"
    arena.check_neighbour()
    assert "ATTACK" not in arena.machine.text("hostile")
    arena.check_hypervisor()


@pytest.mark.parametrize("line", ENDLESS)
def test_attacks_without_end(arena, table, line):
    arena.attack(line)
    for _ in range(3):
        arena.check_neighbour()
    assert arena.state() == "running"
    table(TITLE, line, "none; the neighbour goes on")
    arena.check_hypervisor()


@pytest.mark.parametrize("line", LEAVES)
def test_ends_itself_alone(arena, table, line):
    arena.attack(line)
    arena.machine.expect_hypervisor(f"partition hostile {LEAVES[line]}")
    arena.check_neighbour()
    assert arena.state() in ("off", "stopped")
    table(TITLE, line, LEAVES[line])
    arena.check_hypervisor()


@pytest.mark.parametrize("state", STATES)
def test_recall(arena, table, state):
    """The partition ends from its second core, and the first one comes back from whatever it does."""
    arena.attack(f"recall {state}")
    arena.machine.expect_hypervisor(f"virtual core 1: {READ} at .* 0x000010000000")
    arena.machine.expect("stdout", "partition hostile virtual core 0 recalled")
    arena.check_neighbour()
    assert arena.cores() == 0
    assert arena.state() == "faulted"
    table("recall", STATES[state], BOARD, "", "recalled")
    arena.check_hypervisor()


def test_storm(arena, table):
    arena.storm(table, BOARD, 1000)
