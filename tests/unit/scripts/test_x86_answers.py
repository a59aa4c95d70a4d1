# SPDX-License-Identifier: Apache-2.0
"""docs/x86-answers.md says what the tables of x86-64 do, and scripts/x86-answers notices when it does not."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ANSWERS = ROOT / "scripts" / "x86-answers"
X86 = "src/arch/x86"
CONTROL = "src/planner/x86/control.c"
DOCUMENT = "docs/x86-answers.md"
OUT_OF_DATE = f"{DOCUMENT} is out of date: run scripts/x86-answers\n"


@pytest.fixture(name="tree")
def new_tree(tmp_path):
    """A copy of what the script reads."""
    shutil.copytree(ROOT / X86, tmp_path / X86)
    for name in (CONTROL, DOCUMENT):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def check(tree):
    return subprocess.run([ANSWERS, "--check", "--root", tree], capture_output=True, text=True, timeout=60, check=False)


def change(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def test_shipped_file_is_up_to_date():
    result = check(ROOT)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    "file, old, new",
    [
        (f"{X86}/cpuid.c", "#define FEATURES_ECX 0xf7fb3603u", "#define FEATURES_ECX 0xf7fb360bu"),
        (f"{X86}/cpuid.c", "	{0x16u, ANY, KEEP_ALL, {0}},\n", ""),
        (f"{X86}/msr.c", "0x1801u", "0x1803u"),
        (f"{X86}/msr.c", "{0x79u, READ_FAULT, WRITE_IGNORED", "{0x79u, READ_FAULT, WRITE_FAULT"),
        (f"{X86}/port.c", "	case PORT_RTC_DATA:\n", ""),
        (f"{X86}/port.c", "#define KEYBOARD_RESET 0xfeu", "#define KEYBOARD_RESET 0xf0u"),
        (f"{X86}/svm_exit.c", "#define CODE_RSM 0x73u\n", ""),
        (f"{X86}/vmx_exit.c", "#define REASON_GETSEC 11u\n", ""),
        (CONTROL, "{0x10, 0x10, MSR_READ}", "{0x10, 0x10, MSR_READ | MSR_WRITE}"),
    ],
)
def test_another_answer_is_noticed(tree, file, old, new):
    change(tree / file, old, new)
    result = check(tree)
    assert (result.returncode, result.stderr) == (1, OUT_OF_DATE)


@pytest.mark.parametrize(
    "file, old, new, said",
    [
        (f"{X86}/cpuid.c", "{0x16u, ANY", "{0x17u, ANY", "leaves that scripts/x86-answers cannot describe: 23"),
        (f"{X86}/cpuid.c", "{0x16u, ANY, ", "{0x16u, ANY + 0u, ", "cannot read the table"),
        (f"{X86}/msr.c", "{0x17u, READ_VALUE", "{0x17u, READ_NEW", "reads that scripts/x86-answers cannot describe: READ_NEW"),
        (f"{X86}/msr.c", "{0x17u, READ_VALUE, WRITE_FAULT", "{0x17u, READ_VALUE, WRITE_NEW", "cannot describe: WRITE_NEW"),
        (f"{X86}/msr.c", " /* PLATFORM_ID */", "", "registers that scripts/x86-answers cannot describe: 0x17u"),
        (f"{X86}/port.c", "#define PORT_RESET", "#define PORT_NEW 0x1u\n#define PORT_RESET", "cannot describe: PORT_NEW"),
        (f"{X86}/svm_exit.c", "#define CODE_RSM", "#define CODE_NEW 1u\n#define CODE_RSM", "cannot describe: CODE_NEW"),
        (f"{X86}/vmx_exit.c", "#define REASON_RDPMC", "#define REASON_NEW 14u\n#define REASON_RDPMC", "cannot describe: REASON_NEW"),
        (CONTROL, "{0x10, 0x10, MSR_READ}", "{0x10, 0x8 + 8, MSR_READ}", "cannot read: "),
    ],
)
def test_what_has_no_words_is_noticed(tree, file, old, new, said):
    change(tree / file, old, new)
    result = check(tree)
    assert result.returncode == 1
    assert said in result.stderr
