#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What properties do to an image: a tree of one's own, and devices that are taken. Not here: what they refuse."""

import subprocess

from test_image import HERE, IMAGE_ROW, Plan, build_folder, run  # noqa: F401, a fixture

SOURCE = (HERE / "two.dts").read_text()
DTB = 2  # kind of image
OWN_TREE = """/dts-v1/;
/ {
	compatible = "example,board";
	chosen { stdout-path = "serial0"; bootargs = "replaced"; };
};
"""


def make(build, source):
    system = build / "system.dts"
    system.write_text(source)
    result = run(build, "build", system, "-o", build / "image")
    assert (result.stdout, result.returncode) == ("", 0)
    return result.stderr, Plan((build / "image").read_bytes())


def tree_of(build, plan, partition):
    row = [row for row in plan.rows("images", IMAGE_ROW) if row[5] == partition][-1]
    (build / "out.dtb").write_bytes(plan.at(row[0], row[3]))
    command = ["dtc", "-q", "-I", "dtb", "-O", "dts", build / "out.dtb"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_own_tree(build):
    """Only what the planner alone knows is put in; all else stays, and the tree lies where any other would."""
    subprocess.run(["dtc", "-O", "dtb", "-o", build / "own.dtb"], input=OWN_TREE, text=True, check=True)
    said, plan = make(build, SOURCE.replace('ramdisk = "ramdisk";', 'ramdisk = "ramdisk"; dtb = "own.dtb";'))
    assert said == ""
    assert tree_of(build, plan, 0) == (
        "/dts-v1/;\n\n/ {\n"
        '\tcompatible = "example,board";\n\n'
        "\tchosen {\n"
        "\t\tlinux,initrd-end = <0x00 0x40221b58>;\n"
        "\t\tlinux,initrd-start = <0x00 0x40220000>;\n"
        '\t\tstdout-path = "serial0";\n'
        '\t\tbootargs = "console=ttyAMA0";\n'
        "\t};\n};\n"
    )
    assert [row[2] for row in plan.rows("images", IMAGE_ROW)][:3] == [0x40200000, 0x40220000, 0x40000000]


def test_take(build):
    """What is taken is owned as if it had been named."""
    named = make(build, SOURCE.replace("access = <&uart0>;", "access = <&uart0>;"))[1]
    said, taken = make(build, SOURCE.replace("access = <&uart0>;", 'take = "everything";'))
    assert said.startswith("system.dts:13: note: partition 'linux' takes all but what was named or excepted; ")
    assert taken.image == named.image
