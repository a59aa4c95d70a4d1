#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A board larger than any: 64 cores in four clusters, 2 000 devices, shared by 12 partitions.

`synthetic.py FOLDER` writes its board file and system there; the numbers are the same each time. Not here: what is
measured on it (test_scale.py).
"""

import pathlib
import sys

CORES, DEVICES, PARTITIONS = 64, 2000, 12
LOAD = 0x80200000
RAM, RAM_SIZE = 0x80000000, 0x1000000000
SHARED_INTERRUPTS = 900  # the interrupt controller has 988
DEVICE_BASE, DEVICE_STRIDE = 0x10000000, 0x3000
PAGE = 0x1000
MIB = 0x100000


def pair(number):
    return f"{number >> 32:#x} {number & 0xFFFFFFFF:#x}"


def core(number):
    """Sixteen cores a cluster."""
    affinity = number // 16 << 8 | number % 16
    return f"""
		cpu{number}: cpu@{affinity:x} {{
			device_type = "cpu";
			compatible = "arm,cortex-a72";
			reg = <{affinity:#x}>;
			enable-method = "psci";
		}};
"""


def device(number):
    """One or two pages of registers; every second one with an interrupt, until there are no more."""
    base = DEVICE_BASE + number * DEVICE_STRIDE
    size = PAGE * (1 + number % 2)
    interrupt = number // 2
    interrupts = ""
    if number % 2 == 0 and interrupt < SHARED_INTERRUPTS:
        interrupts = f"interrupts = <0 {interrupt} {1 if number % 8 == 0 else 4}>;"
    kind = "arm,pl011" if number == 0 else f"test,device-{number % 7}"
    return f"""
	dev{number}: device@{base:x} {{
		compatible = "{kind}";
		reg = <{pair(base)} {pair(size)}>;
		{interrupts}
	}};
"""


def board():
    return f"""/* SPDX-License-Identifier: Apache-2.0 */
/ {{
	#address-cells = <2>;
	#size-cells = <2>;
	compatible = "test,synthetic";
	model = "synthetic";
	interrupt-parent = <&gic>;

	bulkhead {{
		compatible = "bulkhead,board-v1";
		load-address = <{pair(LOAD)}>;
		pa-bits = <44>;
		console = <&dev0>;
		when-all-off = "park";
	}};

	cpus {{
		#address-cells = <1>;
		#size-cells = <0>;
{"".join(map(core, range(CORES)))}
	}};

	memory@{RAM:x} {{
		device_type = "memory";
		reg = <{pair(RAM)} {pair(RAM_SIZE)}>;
	}};

	psci {{
		compatible = "arm,psci-1.0";
		method = "smc";
	}};

	timer {{
		compatible = "arm,armv8-timer";
		interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;
	}};

	gic: interrupt-controller@8000000 {{
		compatible = "arm,gic-v3";
		#interrupt-cells = <3>;
		interrupt-controller;
		reg = <0x0 0x08000000 0x0 0x10000>, <0x0 0x08100000 0x0 0x800000>;
	}};
{"".join(map(device, range(DEVICES)))}
}};
"""


def partition(number):
    """Every twelfth core and device; two pieces of memory, one of which is no multiple of 2 MiB."""
    cores = " ".join(f"&cpu{i}" for i in range(number, CORES, PARTITIONS))
    devices = " ".join(f"&dev{i}" for i in range(number, DEVICES, PARTITIONS))
    memory = [(0x40000000, (64 + 32 * number) * MIB), (0x1000000000, 2 * MIB + (number + 1) * 5 * PAGE)]
    return f"""
		part{number} {{
			compatible = "bulkhead,partition";
			cpus = <{cores}>;
			memory = <{" ".join(pair(base) + " " + pair(size) for base, size in memory)}>;
			access = <{devices}>;
			kernel = "rtos.elf";
			criticality = "QM";
		}};
"""


def system():
    return f"""/* SPDX-License-Identifier: Apache-2.0 */
/dts-v1/;
/include/ "synthetic.dtsi"
/ {{
	domains {{
		compatible = "bulkhead,partitions-v1";
{"".join(map(partition, range(PARTITIONS)))}
	}};
}};
"""


def write(folder):
    (folder / "synthetic.dtsi").write_text(board())
    (folder / "synthetic.dts").write_text(system())
    return folder / "synthetic.dts"


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
