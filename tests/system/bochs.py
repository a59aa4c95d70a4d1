# SPDX-License-Identifier: Apache-2.0
"""A PC with an Intel processor, by the Bochs emulator: what QEMU has not without such a processor beneath it is VMX.

An image is on a GRUB disc. Consoles are channels com1 and com2; what Bochs thinks wrong, with each exit of a guest that it
finds worth a word, is in its log. Not what it calls information: its SIGINT handler would say such a line, too, and wait for
ever for the log's lock where the signal comes within another line.
"""

import re
import signal
import socket
import struct
import subprocess

from machine import PATIENCE, Machine, MachineError
from running.rings import Ring

SHARE = "/usr/share/bochs"
GRUB_MODULES = "multiboot normal iso9660 biosdisk"
MODEL = "corei7_haswell_4770"
CONSOLES = ("com1", "com2")
PROMPT = r"^\(3\) .*\n"  # of the debugger: what the last core is about to do

SETTINGS = """\
display_library: rfb, options="timeout=0"
config_interface: textconfig
cpu: model={model}, count={cores}, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
megs: {megabytes}
romimage: file={share}/BIOS-bochs-latest, options=fastboot
vgaromimage: file={share}/VGABIOS-lgpl-latest
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path="{disc}", status=inserted
boot: cdrom
{consoles}
clock: sync=none, time0=946684800
log: "{log}"
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
sound: driver=dummy
"""


def make_disc(image, folder):
    """A disc from which GRUB loads the image."""
    boot = folder / "disc" / "boot"
    (boot / "grub").mkdir(parents=True, exist_ok=True)
    (boot / "grub" / "grub.cfg").write_text("set timeout=0\nmultiboot /boot/image\nboot\n")
    (boot / "image").write_bytes(image.read_bytes())
    disc = folder / "disc.iso"
    command = ["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "--locales=", "--fonts=", "--themes="]
    command += [f"--install-modules={GRUB_MODULES}", "-o", disc, folder / "disc"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return disc


class BochsMachine(Machine):
    """Bochs as config/boards/bochs.dtsi describes it, or with other cores. It ends by itself when the board is switched off."""

    patience = 5 * PATIENCE  # all cores are emulated by one, instruction by instruction

    def __init__(self, image, folder, model=MODEL, cores=4, megabytes=768):
        self.log_path = folder / "bochs.log"
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in CONSOLES]
        consoles = "\n".join(
            f"{name}: enabled=1, mode=socket-client, dev=127.0.0.1:{listener.getsockname()[1]}"
            for name, listener in zip(CONSOLES, listeners)
        )
        settings, commands = folder / "bochsrc", folder / "debugger"
        disc = make_disc(image, folder)
        text = SETTINGS.format(share=SHARE, disc=disc, log=self.log_path, consoles=consoles, model=model, cores=cores,
                               megabytes=megabytes)  # fmt: skip
        settings.write_text(text)
        commands.write_text("c\n")  # Debian's Bochs is a debugger, too, that waits for what to do
        super().__init__(["bochs", "-q", "-f", settings, "-rc", commands], stdin=subprocess.PIPE)
        try:
            for name, listener in zip(CONSOLES, listeners):
                listener.settimeout(PATIENCE)
                self.add(name, listener.accept()[0])
        except TimeoutError:
            self.stop()
            raise MachineError(f"Bochs does not come up: {self.log_path}") from None
        except BaseException:
            self.stop()
            raise
        finally:
            for listener in listeners:
                listener.close()

    def messages(self, logs):
        """What the hypervisor's cores have said until now, in order: `logs` are (base, size) of their rings."""
        self.flush("stdout")
        self.signal(signal.SIGINT)
        self.expect("stdout", PROMPT)
        lines = []
        for base, size in logs:
            lines += Ring(self._memory(base, size)).collect()
        self._debug("c")
        return [text for _, _, text in sorted(lines)]

    def _debug(self, command):
        self.process.stdin.write(f"{command}\n".encode())

    def _memory(self, base, size):
        """Physical memory, of the machine that stands still: lines of two words."""
        start = self.channels["stdout"].position
        self._debug(f"xp /{size // 8}xg {base:#x}")
        last = self.expect("stdout", rf"^{base + size - 16:#018x} .*\n")
        text = self.text("stdout")[start : last.end()]
        words = re.findall(r"^0x[0-9a-f]{16} <.*?>:\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)", text, re.M)
        return b"".join(struct.pack("<2Q", int(low, 16), int(high, 16)) for low, high in words)
