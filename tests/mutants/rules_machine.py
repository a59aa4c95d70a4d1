# SPDX-License-Identifier: Apache-2.0
"""What only a machine shows: vectors, trap bits, what an earlier life leaves, start-up."""

from mutant import Blind, System, attack, ends, mutate, refusal

# ---- the vectors: on a machine --------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/vectors.S", attack("sgi-foreign"))
add(
    "vector-sgi-count",
    "\tcmp\tx0, x5\n\tb.hs\t2f\t\t\t\t/* ascending: so are all that follow */\n",
    "",
    "SGIs to the cores of the next partitions",
)
add("vector-sgi-cluster", "\tb.ls\t2f\n", "", "SGIs by rows far behind the partition's")
add(
    "vector-sgi-above-aff1",
    "\tcbnz\tx1, sgi_other\n",
    "",
    "affinities above Aff1, and IRM, are taken for a list of own cores",
)
add(
    "vector-sgi-word",
    "\torr\tx0, x0, x3\n\tmsr\tS3_0_C12_C11_5, x0\n",
    "\torr\tx0, x3, #4\n\tmsr\tS3_0_C12_C11_5, x0\n",
    "SGIs go to a core that is not the target's",
    attack("sgi-own"),
)
add(
    "vector-hvc-immediate",
    "\tmov\tw2, #ESR_HVC64_0\t\t/* HVC #0; any other immediate is no call */\n\tcmp\tw1, w2\n",
    "\tlsr\tw1, w1, #26\n\tcmp\tw1, #0x16\n",
    "other hypervisors' calls are taken for ours",
    attack("call-immediates"),
)
add(
    "vector-psci-bound",
    "\tcmp\tw2, #PSCI_SLOTS\n\tb.hs\texit_other_call\n",
    "",
    "a function id is an index of any size",
    attack("call-sweep-hvc"),
)
add(
    "vector-syndrome-valid",
    "\ttbz\tw1, #ISS_VALID_BIT, exit_save_all\n",
    "",
    "accesses without a syndrome move register 0",
    attack("mmio-post-index"),
)
add(
    "vector-abort-status",
    "\tcmp\tw2, #STATUS_TRANSLATION\n\tb.ne\texit_save_all\n",
    "",
    "permission faults are answered as registers",
    Blind("QEMU tells the page of every stage-2 fault (HPFAR_EL2)"),
)

# ---- what traps: on a machine ---------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/sysreg.h", attack("register-trapped"))
add(
    "hcr-tsc",
    "HCR_AMO | HCR_TSC |",
    "HCR_AMO |",
    "calls by SMC reach the firmware: SYSTEM_OFF is the board's",
    attack("call-sweep-smc"),
)
add("hcr-vm", "(HCR_VM | HCR_SWIO |", "(HCR_SWIO |", "guest-physical addresses are physical", attack("mmio-pair"))
add(
    "hcr-ptw",
    "HCR_SWIO | HCR_PTW |",
    "HCR_SWIO |",
    "page tables in device registers: reads that no load made",
    ends("walk {own_uart}"),
)
add(
    "hcr-tacr",
    "HCR_TIDCP | HCR_TACR |",
    "HCR_TIDCP |",
    "auxiliary control of the core",
    Blind("QEMU's ACTLR_EL1 is constant"),
)
add(
    "hcr-tidcp",
    "HCR_TSC | HCR_TIDCP |",
    "HCR_TSC |",
    "implementation-defined control of the core's cluster",
    Blind("QEMU's implementation-defined registers are constant, where there are any"),
)
add(
    "hcr-tsw",
    "HCR_TACR | HCR_TSW |",
    "HCR_TACR |",
    "set/way maintenance throws away others' data",
    Blind("QEMU has no caches"),
)
add(
    "hcr-tlor",
    "HCR_TSW | HCR_TLOR |",
    "HCR_TSW |",
    "limited-ordering regions keep what a guest wrote",
    Blind("QEMU's LORegion registers are constant"),
)
add(
    "hcr-terr",
    "HCR_TLOR | HCR_TERR |",
    "HCR_TLOR |",
    "error records keep what a guest wrote",
    Blind("QEMU's cores have no error records"),
)
add(
    "hcr-tea",
    "HCR_TEA | HCR_APK",
    "HCR_APK",
    "external aborts reach the guest unseen",
    Blind("QEMU makes no external abort for these devices"),
)
add(
    "el2-wxn",
    "0x80000 | 0x8 | 0x4 | 0x1)",
    "0x8 | 0x4 | 0x1)",
    "EL2 runs what it can write",
    Blind("no table maps anything writable and executable; WXN is the second lock"),
)

add = mutate("src/arch/armv8/gicv3.c", attack("sgi-foreign"))
add(
    "ich-tc",
    "sysreg_write(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0);",
    "sysreg_write(ICH_HCR_EL2, ICH_HCR_TALL0);",
    "SGIs go past the hypervisor",
)
add(
    "ich-tall0",
    "sysreg_write(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0);",
    "sysreg_write(ICH_HCR_EL2, ICH_HCR_TC);",
    "Group 0 is the guest's",
    attack("icc-group0"),
)
add(
    "clear-mask",
    "uint32_t mask = partition->interrupt_mask[word];",
    "uint32_t mask = partition->interrupt_mask[word] | UINT32_MAX;",
    "a partition that ends takes all others' interrupts away",
    ends("read {flash}"),
)
add(
    "kick-send",
    "\tsysreg_write(ICC_SGI1R_EL1, vcpu->sgi_target | ((uint64_t)SGI_KICK << 24));\n",
    "\t(void)vcpu;\n",
    "a sleeping core of a stopped partition stays asleep",
    System("test_recall.py::test_recall[0-native-gicv3]"),
)
add(
    "kick-priority",
    "PRIORITY_KICK);",
    "0xf0u);",
    "parked and masked cores sleep through their kick",
    attack("second-cycle"),
)
add(
    "kick-active",
    "\tmmio_write32(frame + GIC_ICACTIVER, 1u << SGI_KICK);",
    "",
    "a core that made the kick's SGI active sleeps through it",
    System("test_recall.py::test_recall[6-trap-gicv3]"),
)

add = mutate("src/arch/armv8/vcpu.c", attack("register-os-lock"))
add(
    "mdcr-tdosa",
    "#define MDCR_TRAPS UINT64_C(0x84c00) /* TDRA, TDOSA, TPMS, TTRF */",
    "#define MDCR_TRAPS UINT64_C(0x84800)",
    "the OS lock, which outlives the guest",
)
add(
    "vmpidr",
    "sysreg_write(vmpidr_el2, VMPIDR_RES1 | vcpu->virtual_id);",
    "sysreg_write(vmpidr_el2, VMPIDR_RES1 | (vcpu->virtual_id & 0u));",
    "virtual cores cannot tell each other apart",
    attack("second-remains"),
)
add(
    "vmid-register",
    "owner->stage2_root | ((uint64_t)owner->vmid << VTTBR_VMID_SHIFT)",
    "owner->stage2_root",
    "all partitions' translations share a tag",
    Blind("cores are pinned and QEMU drops all translations at once"),
)

REMAINS = attack("second-remains")
for register in ("tpidr_el1", "tpidr_el0", "vbar_el1", "ttbr0_el1", "contextidr_el1", "par_el1", "cntkctl_el1"):
    add(f"reset-{register}", f"\tsysreg_write({register}, 0u);\n", "", "what an earlier life left is read", REMAINS)
add(
    "reset-sctlr",
    "\t\tsysreg_write(sctlr_el1, SCTLR_EL1_RESET);\n",
    "\t\t(void)SCTLR_EL1_RESET;\n",
    "a core starts with the MMU on, its tables gone",
    REMAINS,
)

add = mutate("src/arch/armv8/enter.S", REMAINS)
add("reset-general", "\tmov\tx\\n, #0\n", "", "a guest finds EL2's values in its registers")
add("reset-vector", "\tmovi\tv\\n\\().2d, #0\n", "", "a guest finds another's vector registers")
add("reset-fpcr", "\tmsr\tfpcr, xzr\n", "", "a guest finds another's rounding mode")

add = mutate("src/arch/armv8/window.c", ends("mmio-code-moved"))
add(
    "window-own-ram",
    "if (((par & PAR_FAILED) != 0u) || !in_own_ram(core, page)) {",
    "if (((par & PAR_FAILED) != 0u) || (!in_own_ram(core, page) && (page == 0u))) {",
    "EL2 reads a device's registers, as if they were instructions",
)
add(
    "window-kind",
    "((window->kind == (uint16_t)PLAN_WINDOW_RAM) && (page >= window->pa) &&",
    "((page >= window->pa) &&",
    "EL2 reads a device's registers, as if they were instructions",
)

add = mutate("src/arch/armv8/stage2.c", ends("first-dies {neighbour_ram}"))
add(
    "revoke-roots",
    "\t\t*(volatile uint64_t *)(uintptr_t)root->address = 0u;\n",
    "\t\t(void)root;\n",
    "a stopped partition's other cores run on",
)
add(
    "revoke-tlbi",
    "tlbi vmalls12e1is\\n\\tdsb ish",
    "dsb ish",
    "a stopped partition's other cores run on by cached translations",
)

add = mutate("src/arch/armv8/loader.c", Blind("QEMU has no caches"))
add("loader-instruction-cache", "ic ialluis\\n\\tdsb ish", "dsb ish", "a guest runs old instructions")

# ---- start-up: on a machine -----------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/start.S", refusal("test_started_at_el1"))
add("start-level", "\tcmp\tx1, #8\n\tb.ne\trefuse\n", "\tcmp\tx1, #8\n", "the hypervisor runs as a guest")
add(
    "start-address",
    "\tcmp\tx1, x2\n\tb.ne\trefuse\n\n\t/* the plan's header",
    "\tcmp\tx1, x2\n\n\t/* the plan's header",
    "tables for another address",
    refusal("test_other_load_address"),
)
add(
    "start-magic",
    "\tldr\tx2, =PLAN_MAGIC_VALUE\n\tcmp\tx1, x2\n\tb.ne\trefuse\n",
    "",
    "anything as a plan",
    refusal("test_flipped_start[magic-E03]"),
)
add(
    "start-version",
    "\tcmp\tw1, #PLAN_VERSION_VALUE\n\tb.ne\trefuse\n",
    "",
    "another release's plan",
    refusal("test_wrong_plan[version]"),
)
add(
    "start-header-crc",
    "\tmov\tw0, #REFUSAL_HEADER_CRC\n\tb.ne\trefuse\n",
    "",
    "a corrupt header",
    refusal("test_flipped_header[sha256]"),
)
add(
    "start-body-crc",
    "\tmov\tw0, #REFUSAL_BODY_CRC\n\tb.ne\trefuse\n",
    "",
    "corrupt rows",
    refusal("test_flipped_body[images]"),
)
add(
    "start-place",
    "\tcmp\tx1, x20\n\tb.ne\trefuse\n",
    "",
    "a plan for another place",
    refusal("test_wrong_plan[place]"),
)
add(
    "start-size",
    "\ttst\tw1, #7\n\tb.ne\trefuse\n\n\t/* its body */",
    "\n\t/* its body */",
    "a CRC that never ends",
    refusal("test_wrong_plan[size-odd]"),
)
add(
    "start-cores-inside",
    "\tumaddl\tx4, w3, w4, x1\n\tcmp\tx4, x25\n\tb.hi\trefuse\n",
    "",
    "rows far behind the plan",
    refusal("test_wrong_plan[cores-outside]"),
)
add(
    "start-sets-inside",
    "\tadd\tx6, x5, x6, lsl #4\n\tcmp\tx6, x25\n\tb.hi\trefuse\n",
    "",
    "rows far behind the plan",
    refusal("test_wrong_plan[table-sets-outside]"),
)
add(
    "start-core-known",
    "\tcmp\tw2, w3\n\tb.hs\trefuse\n",
    "",
    "a core that the plan does not name",
    refusal("test_wrong_plan[core-unknown]"),
)
add(
    "start-table-crc",
    "\tmov\tw0, #REFUSAL_TABLE_CRC\n\tb.ne\trefuse\n",
    "",
    "EL2's own tables are corrupt",
    refusal("test_flipped_table[0]"),
)
add(
    "start-address-bits",
    "5:\tcmp\tx2, x1\n\tb.hi\trefuse\n",
    "5:\n",
    "more address bits than the core has",
    refusal("test_wrong_plan[address-bits]"),
)

add = mutate("src/arch/armv8/gicv3.c", refusal("test_other_interrupt_controller"))
add(
    "gic-gic",
    "\tif ((plan->gic != (uint32_t)PLAN_GIC_V3) || (id_field(sysreg_read(id_aa64pfr0_el1), 24u) == 0u)) {\n",
    "\tif (plan->gic > 9u) {\n",
    "another interrupt controller, or none",
    refusal("test_wrong_plan[interrupt-controller]"),
)
add(
    "gic-lines",
    "if (TYPER_LINES(mmio_read32(plan->gicd_va + GICD_TYPER)) < plan->interrupt_count) {",
    "if (TYPER_LINES(mmio_read32(plan->gicd_va + GICD_TYPER)) == 0u) {",
    "interrupts that the chip does not have",
    refusal("test_wrong_plan[interrupt-lines]"),
)
add(
    "gic-redistributor",
    "!same_core(core->mpidr, mmio_read64(core->gicr_va + GICR_TYPER))",
    "same_core(~core->mpidr, mmio_read64(core->gicr_va + GICR_TYPER))",
    "a core's guest has another core's redistributor",
    refusal("test_wrong_plan[redistributors-swapped]"),
)

add = mutate("src/arch/armv8/machine.c", refusal("test_core_without_aarch32"))
add(
    "machine-aarch32",
    "if ((refusal == REFUSAL_NONE) && !runs_guest(plan, core)) {",
    "if ((refusal == REFUSAL_GIC) && !runs_guest(plan, core)) {",
    "an AArch32 guest where EL1 is AArch64 only",
)

add = mutate("src/arch/armv8/copy.S", Blind("QEMU has no caches"))
add("loader-clean", "\tdc\tcivac, x8\n", "", "a guest with its caches off reads what was there before")
