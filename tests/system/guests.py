# SPDX-License-Identifier: Apache-2.0
"""Guests as tests talk to them: a Linux with a shell, the RTOS demo, the neighbour that looks at others' counters."""

import re

REASONS = ("sgi", "wfi", "psci", "service", "observe", "gicd", "gicr", "sysreg", "fault", "recall")


class Linux:
    """A Linux partition: its name is its console's."""

    def __init__(self, machine, name):
        self.machine = machine
        self.name = name

    def wait_for_shell(self):
        """Returns how many CPUs are online and which kernel runs, as its init says; the shell has answered once."""
        found = self.machine.expect(self.name, r"^INIT-OK (\d+) cpus (\S+)\r?\n")
        self.shell("true")
        return int(found[1]), found[2]

    def shell(self, command):
        """Runs a command, which must succeed, and returns what it printed."""
        channel = self.machine.channels[self.name]
        start = channel.position
        mark = 'echo "[$?]"'
        self.machine.send(self.name, f"{command}; {mark}\r")
        found = self.machine.expect(self.name, r"^\[(\d+)\]\r?\n")
        output = channel.text[start : found.start()]
        assert found[1] == "0", f"{command}: {output!r} {found[0]!r}"
        return "\n".join(output.split(mark)[-1].splitlines()[1:])  # typed ahead of the prompt it is echoed twice

    def start(self, command):
        """Types a command and does not wait for its end."""
        self.machine.send(self.name, command + "\r")


class Rtos:
    """The RTOS demo. It says how many releases were late and lost, which nothing here judges: an emulator's host, with fewer
    cores than the machine or other work, makes some so. tests/bench and the tests with --icount do, where it cannot.
    """

    LINE = (
        r"rtos: (?P<seconds>\d+) s  releases (?P<releases>\d+)  late (?P<late>\d+) lost (?P<lost>\d+) .*"
        r"exits (?P<exits>\d+) \(\+(?P<new>\d+)\)\r?\n"
    )

    def __init__(self, machine, name="rtos"):
        self.machine = machine
        self.name = name

    def line(self):
        """The next line that it prints once a second, as numbers."""
        return {key: int(value) for key, value in self.machine.expect(self.name, self.LINE).groupdict().items()}

    def line_from_now(self):
        """The second one to come: all of its second lies behind the call."""
        self.machine.flush(self.name)
        self.line()
        return self.line()

    def command(self, line, answer):
        return self.machine.command_line(self.name, line, answer)

    def check_goes_on(self):
        """The loop is released on and on, and the core makes no exit."""
        self.machine.flush(self.name)
        first, last = self.line(), self.line()
        assert last["releases"] > first["releases"] and last["new"] == 0

    def check_input(self):
        """Its shell takes what is typed, by an interrupt of its own."""
        self.command("help", r"^crash +\[address\]")
        self.command("exits", r"^recall +0\r?\n")

    def check_window(self, ticks):
        """So many releases, and of the core's exits not one more than before."""
        first = self.line_from_now()
        while (last := self.line())["releases"] < first["releases"] + ticks:
            assert last["new"] == 0
        assert last["exits"] == first["exits"]


class Neighbour:
    """tests/guests/neighbour: reads other partitions' counters through the hypervisor."""

    def __init__(self, machine, name="neighbour"):
        self.machine = machine
        self.name = name

    def wait_for_start(self):
        self.machine.expect(self.name, r"NEIGHBOUR ready")

    def exits(self, partition):
        """The exit counters of each virtual core of a partition, by reason."""
        found = self.machine.command_line(self.name, f"exits {partition}", r"\n((?:.*\n)*?)EXITS end")
        cores = re.findall(rf"^EXITS {partition}\.\d+ (.*?)\r?$", found[1], re.M)
        return [{key: int(value) for key, value in re.findall(r"(\w+) (\d+)", core)} for core in cores]
