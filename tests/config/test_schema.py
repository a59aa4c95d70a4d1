#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The schemas of both kinds of files: they fit what is shipped, refuse what is wrong, and say what the planner does.

Not here: what the planner says of wrong files (test_config.py).
"""

import pathlib
import re
import subprocess

import pytest
from ruamel.yaml import YAML

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMAS = ROOT / "config/schemas"
BOARDS = sorted((ROOT / "config/boards").glob("*.dtsi"))
SYSTEMS = sorted((ROOT / "configs/partitions").glob("*.dts"))

# The node of a schema, and the table in src/planner that the planner reads such nodes by.
TABLES = {
    ("bulkhead,board-v1", None): "board_rows",
    ("bulkhead,board-v1", "qemu"): "qemu_rows",
    ("bulkhead,board-v1", "flash"): "flash_rows",
    ("bulkhead,partitions-v1", None): "domains_rows",
    ("bulkhead,partition", None): "partition_rows",
    ("bulkhead,channel", None): "channel_rows",
}
KINDS = {
    "FLAG": ["flag"],
    "TEXT": ["string"],
    "CHOICE": ["string"],
    "POLICY": ["string"],
    "CELL": ["uint32"],
    "PAIR": ["uint64"],
}


# ---- the schemas and files ------------------------------------------------------------------------------------------


def compile_tree(source, output):
    folders = ["-i", ROOT / "config/boards", "-i", ROOT / "build"]
    subprocess.run(["dtc", "-q", *folders, "-O", "dtb", "-o", output], input=source, text=True, check=True)


def validate(*trees):
    """What dt-validate says, which always ends with 0: the schemas of dt-schema itself stay out of it."""
    command = ["dt-validate", "-s", SCHEMAS, "-l", "bulkhead", *trees]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return result.stdout + result.stderr


def test_shipped(tmp_path):
    trees = []
    for file in BOARDS + SYSTEMS:
        start = "/dts-v1/;\n" if file in BOARDS else ""
        source = f'{start}/include/ "{file}"\n' if start else file.read_text()
        trees.append(tmp_path / f"{file.name}.dtb")
        compile_tree(source, trees[-1])
    assert len(trees) >= 6
    assert validate(*trees) == ""


SYSTEM = """/dts-v1/;
/include/ "qemu-virt-gicv3.dtsi"
/ {
	domains {
		compatible = "bulkhead,partitions-v1";
		first: first {
			compatible = "bulkhead,partition";
			cpus = <&cpu0 &cpu1>;
			memory = <0x0 0x40000000 0x0 0x8000000 0x0 0x60000000 0x0 0x1000>;
			direct-map;
			access = <&uart0 &uart1>;
			device-map = <&uart0 0x0 0x1000 &uart1 0x0 0x2000>;
			take = "everything";
			except = <&rtc>;
			kernel = "raw";
			ramdisk = "initramfs";
			bootargs = "quiet";
			entry = <0x0 0x40000000>;
			load = "copy";
			load-address = <0x0 0x40000000>;
			dtb = "own.dtb";
			execution-state = "aarch64";
			interrupts-mode = "direct";
			wfi = "trap";
			observes = <&first>;
			verify = "never";
			console = "device";
			smc-allow = <0x82000000 0x82000001>;
			criticality = "ASIL-B";
			supervises = <&first>;
			on-fault = "restart max 3 in 10s";
			on-reset = "stop";
			on-watchdog = "restart-board";
			autostart = "yes";
			start-order = <1>;
		};
		wire { compatible = "bulkhead,channel"; endpoints = <&first &first>; size = <0 4096>; direction = "both"; };
	};
};
&{/bulkhead} { board = "name"; flash { formats = "fit", "sdcard"; }; };
&{/bulkhead/qemu} { arguments = "-audio", "none"; };
&uart0 { bulkhead,clock-rates = <24000000 24000000>; };
"""


def test_every_property(tmp_path):
    compile_tree(SYSTEM, tmp_path / "right.dtb")
    assert validate(tmp_path / "right.dtb") == ""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("cpus = <&cpu0 &cpu1>;", "", "'cpus' is a required property"),
        ("direct-map;", "direct-mop;", "'direct-mop' does not match"),
        ('take = "everything"', 'take = "evrything"', "'evrything' is not one of ['everything']"),
        ("0x60000000 0x0 0x1000>", "0x60000000>", "is too short"),
        ("entry = <0x0 0x40000000>", "entry = <0x40000000>", "entry: "),
        ('dtb = "own.dtb"', 'dtb = "own"', "'own' does not match '[./]'"),
        ("max 3 in 10s", "max 3", "'restart max 3' does not match"),
        ('"bulkhead,channel"', '"bulkhead,chanel"', "'bulkhead,chanel' is not one of"),
        ('board = "name"', "pa-bits = <31>", "31 is less than the minimum of 32"),
        ("rates = <24000000 24000000>", 'rates = "24 MHz"', "bulkhead,clock-rates: "),
        ('"sdcard"', '"floppy"', "'floppy' is not one of"),
    ],
)
def test_wrong(tmp_path, old, new, complaint):
    assert old in SYSTEM
    compile_tree(SYSTEM.replace(old, new), tmp_path / "wrong.dtb")
    assert complaint in validate(tmp_path / "wrong.dtb")


def test_schemas_are_schemas():
    for file in sorted(SCHEMAS.glob("*.yaml")):
        result = subprocess.run(["dt-doc-validate", "-u", ".", file.name], cwd=SCHEMAS, capture_output=True, text=True, check=False)
        assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)


def test_reference():
    """docs/config-reference.md says what the schemas do."""
    result = subprocess.run([ROOT / "scripts/config-reference", "--check"], capture_output=True, text=True, check=False)
    assert (result.stderr, result.returncode) == ("", 0)


# ---- the schemas and the planner's tables ---------------------------------------------------------------------------


def planner_source():
    """The files with the tables, each text in one piece."""
    files = [ROOT / "src/planner/read_board.c", ROOT / "src/planner/read_partition.c"]
    source = "".join(file.read_text() for file in files)
    for name, value in re.findall(r'^#define (\w+) (".*")$', source, re.MULTILINE):
        source = re.sub(rf"\b{name}\b", lambda _, value=value: value, source)
    return re.sub(r'"\s*"', "", source.replace(r"\"", "'"))


def planner_choices(source):
    """{array: {choice: what to do instead, or None}}"""
    arrays = re.findall(r"struct property_choice (\w+)\[\] = \{(.*?)\};", source, re.DOTALL)
    return {
        name: {text: other or None for text, other in re.findall(r'\{"([^"]+)", (?:NULL|"([^"]+)")\}', body)}
        for name, body in arrays
    }


def planner_rows(source, table):
    """{property: (kind, choices, what to do instead, whether it is required)}"""
    body = re.search(rf"struct property {table}\[\] = \{{(.*?)\n?\}};", source, re.DOTALL)[1]
    choices = planner_choices(source)
    rows = {}
    for row in re.findall(r'\{((?:[^{}"]|"[^"]*")*)\}', body):
        name = re.search(r'"([^"]+)"', row)[1]
        kind = re.search(r"PROPERTY_(?!UNUSED)(\w+)", row)
        array = re.search(r"\.choices = (\w+)", row)
        instead = re.search(r'\.instead = "([^"]+)"', row)
        rows[name] = (
            kind and kind[1],
            choices[array[1]] if array else {},
            instead and instead[1],
            ".example" in row and ".arch" not in row,
        )
    return rows


def availability(schema):
    """What to do instead of the whole of it, and of each value that is not available yet."""
    text = " ".join(schema.get("description", "").replace('"', "'").split())
    whole = re.search(r"Not available yet \((.*?)\)\.$", text)
    values = re.search(r"Not available yet: (.*)\.$", text)
    return whole and whole[1], dict(re.findall(r"`([^`]+)` \((.*?)\)", values[1])) if values else {}


def schema_rows(schema):
    rows = {}
    for name, part in schema["properties"].items():
        if name in ("$nodename", "phandle") or part.get("type") == "object":
            continue
        values = [value for piece in [part, *part.get("anyOf", [])] for value in piece.get("enum", [])]
        whole, instead = availability(part)
        assert set(instead) <= set(values)
        kind = part.get("$ref", "uint32" if name.endswith("-bits") else "").rsplit("/", 1)[-1]
        required = name in schema.get("required", []) and name != "compatible"
        rows[name] = (kind, {value: instead.get(value) for value in values}, whole, required)
    return rows


@pytest.mark.parametrize(("schema", "node"), TABLES, ids=TABLES.values())
def test_planner(schema, node):
    """The same properties, in the same order, of the same kinds, with the same values, as available and required."""
    written = YAML(typ="safe").load(SCHEMAS / f"{schema}.yaml")
    written = schema_rows(written["properties"][node] if node else written)
    read = planner_rows(planner_source(), TABLES[schema, node])
    assert list(written) == list(read)
    for name, (kind, *rest) in read.items():
        assert written[name][1:] == tuple(rest), name
        if kind in KINDS:
            assert written[name][0] in KINDS[kind], name
