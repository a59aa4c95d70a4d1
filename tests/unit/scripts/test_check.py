# SPDX-License-Identifier: Apache-2.0
"""scripts/check finds each thing that it is there to find, in small trees that have just that one fault."""

import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[3] / "scripts" / "check"
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

GOOD = {
    "src/types.h": "#ifndef TYPES_H\n#define TYPES_H\n#include <stdint.h>\n#endif\n",
    "src/plan/plan.h": "#ifndef PLAN_PLAN_H\n#define PLAN_PLAN_H\nint plan_check(void);\n#endif\n",
    "src/plan/plan.c": '#include "plan/plan.h"\n\nint plan_check(void)\n{\n\treturn 1;\n}\n',
    "src/platform/uart.h": "#ifndef PLATFORM_UART_H\n#define PLATFORM_UART_H\nvoid plat_put(char c);\n#endif\n",
    "src/platform/uart/pl011.c": '#include "platform/uart.h"\n\nvoid plat_put(char c)\n{\n\t(void)c;\n}\n',
    "src/arch/cpu.h": "#ifndef ARCH_CPU_H\n#define ARCH_CPU_H\nvoid arch_stop(void);\n#endif\n",
    "src/arch/armv8/cpu.c": (
        '#include "arch/cpu.h"\n#include "core/entry.h"\n\nvoid arch_stop(void)\n{\n\tcore_on_stop();\n}\n'
        "void arch_hidden(void);\n\nvoid arch_hidden(void)\n{\n}\n"
    ),
    "src/core/entry.h": "#ifndef CORE_ENTRY_H\n#define CORE_ENTRY_H\nvoid core_on_stop(void);\n#endif\n",
    "src/core/core.c": (
        '#include "arch/cpu.h"\n#include "core/entry.h"\n#include "plan/plan.h"\n#include "platform/uart.h"\n\n'
        "void core_on_stop(void)\n{\n\tplat_put('x');\n\tif (plan_check() == 0)\n\t\tarch_stop();\n}\n"
        "void core_hidden(void);\n\nvoid core_hidden(void)\n{\n}\n"
    ),
}

SUM = "int plan_sum(int a, int b, int c, int d, int e)\n{\n\treturn a + b + c + d + e;\n}\n"

CLANG_FORMAT = Path(__file__).resolve().parents[3] / ".clang-format"


@pytest.fixture
def tree(tmp_path):
    """A function that writes a tree with some files changed, builds its objects, and runs the check on it."""

    def run(changes=None, compile_all=True):
        files = {name: SPDX + text for name, text in GOOD.items()} | (changes or {})
        files[".clang-format"] = CLANG_FORMAT.read_text()
        files[".gitignore"] = "build/\n"
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        for name in files if compile_all else ():
            if name.startswith("src/") and name.endswith(".c") and "planner" not in name:
                target = (tmp_path / "build/hv/board" / name).with_suffix(".o")
                target.parent.mkdir(parents=True, exist_ok=True)
                command = ["gcc", "-Isrc", "-w", "-O1", "-fomit-frame-pointer", "-c", "-o", str(target), name]
                subprocess.run(command, check=True, cwd=tmp_path)
        command = [str(CHECK), "--root", str(tmp_path), "--nm", "nm"]
        result = subprocess.run(command, capture_output=True, text=True)
        return result.returncode, [line for line in result.stdout.splitlines() if not line.startswith("check:")]

    return run


def c_file(text):
    return SPDX + text


def added(name, old, new):
    assert old in GOOD[name]
    return {name: SPDX + GOOD[name].replace(old, new)}


def test_a_good_tree_passes(tree):
    assert tree() == (0, [])


def test_without_objects_nothing_passes(tree):
    status, found = tree(compile_all=False)
    assert status == 1 and found == []


LONG = "int plan_long(void);\n\nint plan_long(void)\n{\n\tint i = 0;\n\n" + "\ti++;\n" * 60 + "\treturn i;\n}\n"

FAULTS = {
    "platform calls core": (
        added("src/platform/uart/pl011.c", "\t(void)c;", "\textern void core_hidden(void);\n\n\t(void)c;\n\tcore_hidden();"),
        "src/platform/uart/pl011.c:6: error: platform calls nobody, yet uses core_hidden of core [wall]",
    ),
    "plan calls platform": (
        added("src/plan/plan.c", "\treturn 1;", "\textern void plat_put(char c);\n\n\tplat_put('x');\n\treturn 1;"),
        "src/plan/plan.c:6: error: plan calls nobody, yet uses plat_put of platform [wall]",
    ),
    "core calls past the contract": (
        added("src/core/core.c", "plat_put('x');", "extern void arch_hidden(void);\n\n\tarch_hidden();"),
        "src/core/core.c:9: error: core uses arch_hidden of arch, which src/arch/*.h do not declare as arch_* [wall]",
    ),
    "arch calls past entry.h": (
        added("src/arch/armv8/cpu.c", "core_on_stop();", "extern void core_hidden(void);\n\n\tcore_hidden();"),
        "src/arch/armv8/cpu.c:7: error: arch uses core_hidden of core, which src/core/entry.h does not declare [wall]",
    ),
    "arch includes core": (
        {"src/core/inner.h": c_file("#ifndef I_H\n#define I_H\n#endif\n")}
        | added("src/arch/armv8/cpu.c", '#include "core/entry.h"', '#include "core/entry.h"\n#include "core/inner.h"'),
        'src/arch/armv8/cpu.c:4: error: arch may not include "core/inner.h" [include-wall]',
    ),
    "core includes one architecture": (
        {"src/arch/armv8/reg.h": c_file("#ifndef R_H\n#define R_H\n#endif\n")}
        | added("src/core/core.c", '#include "arch/cpu.h"', '#include "arch/armv8/reg.h"\n#include "arch/cpu.h"'),
        'src/core/core.c:2: error: core may not include "arch/armv8/reg.h" [include-wall]',
    ),
    "one architecture includes the other": (
        {"src/arch/x86/reg.h": c_file("#ifndef R_H\n#define R_H\n#endif\n")}
        | added("src/arch/armv8/cpu.c", '#include "core/entry.h"', '#include "arch/x86/reg.h"\n#include "core/entry.h"'),
        'src/arch/armv8/cpu.c:3: error: arch may not include "arch/x86/reg.h" [include-wall]',
    ),
    "the verifier includes the planner": (
        {
            "src/planner/tables.h": c_file("#ifndef T_H\n#define T_H\n#endif\n"),
            "src/planner/verify_x.c": c_file('#include "planner/tables.h"\n'),
        },
        'src/planner/verify_x.c:2: error: the verifier may not include "planner/tables.h" [include-wall]',
    ),
    "too many upcalls": (
        added("src/core/entry.h", "void core_on_stop(void);", "".join(f"void core_on_{c}(void);\n" for c in "abcdefghijk")
              + "void core_on_stop(void);"),
        "src/core/entry.h:1: error: 12 upcalls; 10 are the limit [contract]",
    ),
    "an include circle": (
        {
            "src/core/a.h": c_file('#ifndef A_H\n#define A_H\n#include "core/b.h"\n#endif\n'),
            "src/core/b.h": c_file('#ifndef B_H\n#define B_H\n#include "core/a.h"\n#endif\n'),
        },
        "src/core/b.h:4: error: includes go in a circle: src/core/a.h -> src/core/b.h -> src/core/a.h [include-circle]",
    ),
    "a header that needs another": (
        {"src/core/a.h": c_file("#ifndef A_H\n#define A_H\nuint32_t core_a(void);\n#endif\n")},
        "src/core/a.h:4: error: does not compile alone with aarch64-linux-gnu-gcc: "
        "unknown type name 'uint32_t' [header-alone]",
    ),
    "a long function": (
        {"src/plan/long.c": c_file(LONG)},
        "src/plan/long.c:4: error: plan_long has 66 lines; 60 are the limit [function-length]",
    ),
    "a long Python function": (
        {"tests/long.py": "# SPDX-License-Identifier: Apache-2.0\ndef long():\n" + "    print()\n" * 60},
        "tests/long.py:2: error: long has 61 lines; 60 are the limit [function-length]",
    ),
    "a long file": (
        {"src/plan/long.h": c_file("#ifndef L_H\n#define L_H\n" + "/* */\n" * 700 + "#endif\n")},
        "src/plan/long.h:701: error: 704 lines; 700 are the limit [file-length]",
    ),
    "no licence line": (
        {"src/plan/bare.c": "int plan_bare;\n"},
        "src/plan/bare.c:1: error: no `SPDX-License-Identifier: Apache-2.0` in the first 3 lines [licence]",
    ),
    "a script without licence line": (
        {"scripts/run": "#!/bin/sh\n"},
        "scripts/run:1: error: no `SPDX-License-Identifier: Apache-2.0` in the first 3 lines [licence]",
    ),
    "bad format": (
        {"src/plan/ugly.c": c_file("int  plan_ugly ;\n")},
        "src/plan/ugly.c:2: error: clang-format -i would change this file [format]",
    ),
    "a conditional in core": (
        added("src/core/core.c", "void core_hidden(void);\n", "#ifdef BIG\n#endif\nvoid core_hidden(void);\n"),
        "src/core/core.c:13: error: #ifdef: src/core has no variants; make it a file of its own [conditional]",
    ),
    "an argument too many": (
        {"src/plan/many.c": c_file("int plan_sum(int a, int b, int c, int d, int e);\n\n" + SUM)},
        "src/plan/many.c:4: error: plan_sum has 5 arguments; 4 are the limit [arguments]",
    ),
    "an argument too many by the compiler": (
        {"src/plan/many.c": c_file("#define SUM plan_sum(int a, int b, int c, int d, int e)\nint SUM;\n\nint SUM\n" + SUM[SUM.index("{") :])},
        "src/plan/many.c:2: error: plan_sum has an argument in R8, which is kept [arguments]",
    ),
    "unfinished work": (
        {"docs/x.md": "TO" "DO: more\n"},
        "docs/x.md:1: error: unfinished work is settled, or written up in docs/caveats.md [unfinished]",
    ),
    "a document that its script would write otherwise": (
        {"scripts/traps": '# SPDX-License-Identifier: Apache-2.0\nimport sys\nsys.exit("docs/traps.md is out of date: run scripts/traps")\n'},
        "docs/traps.md:1: error: docs/traps.md is out of date: run scripts/traps [generated]",
    ),
    "a path of one machine": (
        {"docs/x.md": "see /wo" "rk/x\n"},
        "docs/x.md:1: error: a path of one machine [machine-path]",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_finds(tree, fault):
    changes, expected = FAULTS[fault]
    status, found = tree(changes)
    assert expected in [line.replace("‘", "'").replace("’", "'") for line in found]
    assert status == 1


def test_a_note_does_not_fail(tree):
    status, found = tree({"src/plan/big.h": c_file("#ifndef B_H\n#define B_H\n" + "/* */\n" * 398 + "#endif\n")})
    assert (status, found) == (0, ["src/plan/big.h:401: note: 402 lines; 400 are the goal [file-length]"])
