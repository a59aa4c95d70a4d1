#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The description of a system in JSON, against the bytes of the image that is made with it; stand-ins as in test_image."""

import concurrent.futures
import json
import os
import struct
import subprocess

import pytest
from test_image import HERE, LOAD, PAGE, Plan, build_folder, make, run  # noqa: F401 (build_folder: the fixture)

CORE_ROW = "<QHHHHQQQQQQQQQ"


def describe(build, file=HERE / "two.dts"):
    result = run(build, "build", file, "--json", "-")
    assert (result.stderr, result.returncode) == ("", 0)
    return json.loads(result.stdout)


def find(rows, **wanted):
    """The one row that has these members."""
    (row,) = [row for row in rows if wanted.items() <= row.items()]
    return row


def test_same_as_image(build):
    plan = Plan(make(build))
    system = describe(build)
    assert system["format"] == 1
    assert system["plan"]["sha256"] == plan.bytes[24:56].hex()
    assert system["plan"]["image-size"] == len(plan.image)
    assert [core["name"] for core in system["cores"] if core["runs-hypervisor"]] == ["cpu@0", "cpu@1", "cpu@3"]
    logs = [core["log"] for core in system["cores"] if core["runs-hypervisor"]]
    assert logs == [{"base": hex(row[9]), "size": PAGE} for row in plan.rows("cores", CORE_ROW)]
    images = [image for partition in system["partitions"] for image in partition["images"]]
    rows = plan.rows("images", "<QQQQQHHI32s")
    assert [(int(image["golden"], 16), image["size"], bytes.fromhex(image["sha256"])) for image in images] == [
        (row[0], row[3], row[8]) for row in rows
    ]


def test_partitions(build):
    linux, rtos = describe(build)["partitions"]
    assert (linux["cores"], rtos["cores"]) == (["cpu@0", "cpu@1"], ["cpu@3"])
    assert (linux["criticality"], rtos["wfi"], rtos["observes"]) == ("QM", "native", ["rtos"])
    assert rtos["windows"][0] == {"guest": "0x40000000", "base": "0x50600000", "size": 0x800000, "kind": "memory"}
    device = find(rtos["windows"], guest="0x9000000")
    assert device == {"guest": "0x9000000", "base": "0x9040000", "size": PAGE, "kind": "device"}
    assert rtos["interrupts"] == [*range(16), 27, 30, 34, 40]
    blocks = {name: linux["stage2"][name] for name in ("blocks-1g", "blocks-2m", "pages-4k", "tables")}
    assert blocks == {"blocks-1g": 0, "blocks-2m": 128, "pages-4k": 1, "tables": 3}
    assert (linux["bootargs"], rtos["bootargs"], linux["device-tree"]) == ("console=ttyAMA0", None, "0x40000000")


def test_board(build):
    system = describe(build)
    assert system["board"]["qemu"] == {
        "machine": "virt,virtualization=on,gic-version=3",
        "cpu": "cortex-a53",
        "smp": 4,
        "ram": "2G",
        "arguments": [],
    }
    assert system["board"]["ram"] == [{"base": "0x40000000", "size": 0x80000000}]
    assert system["board"]["memory"] == [{"base": "0x40000000", "size": 0x80000000}]
    assert system["board"]["console"] == "/serial@9000000"
    uarts = [(uart["name"], uart["partition"], uart["is-console"]) for uart in system["devices"] if uart["is-uart"]]
    assert uarts == [("serial@9000000", "linux", True), ("serial@9040000", "rtos", False)]
    clock = find(system["devices"], name="rtc@9010000")["references"]
    assert clock == [{"property": "clocks", "path": "/clock-24mhz", "partition": None, "arguments": []}]


def test_no_qemu(build):
    """A board that is no machine of QEMU, and a text of every kind that is not there: null, no member left out."""
    text = (HERE / "two.dts").read_text() + "&{/bulkhead} { /delete-node/ qemu; };\n"
    (build / "hardware.dts").write_text(text)
    system = describe(build, build / "hardware.dts")
    assert (system["board"]["qemu"], system["board"]["when-all-off"]) == (None, "power-off")
    assert [device["serial"] for device in system["devices"]] == [None, None, None]


def test_hypervisor(build):
    """Its pieces lie side by side from the load address up and end below the golden images."""
    plan = Plan(make(build))
    hypervisor = describe(build)["hypervisor"]
    address = LOAD
    for piece in hypervisor["pieces"]:
        assert int(piece["base"], 16) == address
        assert "w" not in piece["access"] or "x" not in piece["access"]
        address += piece["size"]
    assert address == plan.address["private_base"] + plan.address["private_size"] == LOAD + hypervisor["size"]
    assert hypervisor["golden"] == {"base": hex(plan.address["golden_base"]), "size": plan.address["golden_size"]}
    assert hypervisor["size"] <= hypervisor["room"] == plan.address["golden_base"] - LOAD


@pytest.mark.parametrize(
    "bootargs, read",
    [
        (b'a=\\"b\\" c\\\\d\\te', 'a="b" c\\d\te'),
        ("\u00fc \u20ac \U0001f6a2".encode(), "\u00fc \u20ac \U0001f6a2"),
        (b"\\xff \\xc3( \\xe2\\x82 \\xc0\\xaf.", "\ufffd \ufffd( \ufffd\ufffd \ufffd\ufffd."),
        (b"\\xed\\xa0\\x80", "\ufffd" * 3),
        (b"\\xf4\\x90\\x80\\x80 \\xf0\\x80\\x80\\xaf", "\ufffd" * 4 + " " + "\ufffd" * 4),
    ],
)
def test_text(build, bootargs, read):
    """Whatever bytes a devicetree has: the JSON is valid, and says the same."""
    text = (HERE / "two.dts").read_bytes().replace(b"console=ttyAMA0", bootargs)
    (build / "strange.dts").write_bytes(text)
    assert describe(build, build / "strange.dts")["partitions"][0]["bootargs"] == read


def test_remarks(build):
    """What check warns of is in the description too."""
    text = (HERE / "two.dts").read_text().replace('criticality = "QM";', "")
    (build / "warned.dts").write_text(text)
    result = run(build, "build", build / "warned.dts", "--json", build / "json")
    (remark,) = json.loads((build / "json").read_text())["remarks"]
    assert ": warning: " in remark and "linux" in remark
    assert result.stderr == remark + "\n"


def test_image_and_description(build):
    result = run(build, "build", HERE / "two.dts", "-o", build / "image", "--json", build / "json")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    sha256 = struct.unpack_from("32s", Plan((build / "image").read_bytes()).bytes, 24)[0]
    assert json.loads((build / "json").read_text())["plan"]["sha256"] == sha256.hex()


def test_not_written(build):
    result = run(build, "build", HERE / "two.dts", "--json", build / "nowhere" / "json")
    assert result.returncode == 1
    assert result.stderr == f"bulkhead: error: cannot write {build}/nowhere/json: No such file or directory\n"
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = run(build, "build", HERE / "two.dts", "--json", "-", stdout=full)
    assert (result.stderr, result.returncode) == (
        "bulkhead: error: cannot write standard output: No space left on device\n",
        1,
    )


def test_pipe(build):
    """It is written to, as a device is; a file of its name does not take its place."""
    pipe = build / "pipe"
    os.mkfifo(pipe)
    stream = open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), encoding="utf-8")
    os.set_blocking(stream.fileno(), True)
    with stream, concurrent.futures.ThreadPoolExecutor(1) as reader:
        with open(pipe, "wb"):  # until the command has written: without a writer there is an end at once
            read = reader.submit(json.load, stream)
            result = run(build, "build", HERE / "two.dts", "--json", pipe)
        described = read.result()
    assert (result.stderr, result.returncode) == ("", 0)
    assert pipe.is_fifo() and not (build / "pipe.unfinished").exists()
    assert len(described["partitions"]) == 2


def test_image_through_a_pipe(build):
    """A pipe knows no places to go back to."""
    assert run(build, "build", HERE / "two.dts", "-o", build / "image").returncode == 0
    os.mkfifo(build / "pipe")
    with open(build / "piped", "wb") as piped, subprocess.Popen(["cat", build / "pipe"], stdout=piped) as reader:
        result = run(build, "build", HERE / "two.dts", "-o", build / "pipe")
        if (build / "pipe").is_file():
            reader.kill()
    assert (result.stderr, result.returncode) == ("", 0)
    assert (build / "piped").read_bytes() == (build / "image").read_bytes()


def test_mistake(build):
    """No description of a system that is wrong."""
    (build / "wrong.dts").write_text((HERE / "two.dts").read_text().replace("<&cpu3>", "<&cpu1>"))
    result = run(build, "build", build / "wrong.dts", "--json", build / "json")
    assert (result.returncode, (build / "json").exists()) == (1, False)
