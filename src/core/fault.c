/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a guest, or us: the guest fault's report and policy, and the panic. */
#include "arch/cpu.h"
#include "core/entry.h"
#include "core/log.h"
#include "core/partition.h"
#include "core/vcpu.h"
#include "plan/abi.h"

static void report_cause(const struct core_state *core, const struct guest_fault *fault)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, "partition ");
	log_text(&line, core->partition->name);
	log_text(&line, " virtual core ");
	log_decimal(&line, core->vcpu->number);
	log_text(&line, ": ");
	log_text(&line, fault->cause);
	if (fault->has_address) {
		log_text(&line, " at guest-physical 0x");
		log_hex(&line, fault->address, 12u);
	}
	log_text(&line, ", pc 0x");
	log_hex(&line, fault->pc, 16u);
	if (fault->has_instruction) {
		log_text(&line, ", instruction 0x");
		log_hex(&line, fault->instruction, 8u);
	}
	log_text(&line, ", syndrome 0x");
	log_hex(&line, fault->syndrome, 8u);
	log_end(&line);
}

static void report_registers(const struct guest_fault *fault)
{
	for (uint32_t i = 0; i < fault->register_count; i += GUEST_FAULT_LINE) {
		struct log_line line;

		log_begin(&line);
		log_text(&line, "  ");
		log_text(&line, fault->register_names[i / GUEST_FAULT_LINE]);
		for (uint32_t j = i; (j < (i + GUEST_FAULT_LINE)) && (j < fault->register_count); j++) {
			log_text(&line, " ");
			log_hex(&line, fault->registers[j], 16u);
		}
		log_end(&line);
	}
}

static void report_recall(const struct core_state *core)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, "partition ");
	log_text(&line, core->partition->name);
	log_text(&line, " virtual core ");
	log_decimal(&line, core->vcpu->number);
	log_text(&line, " recalled");
	log_end(&line);
}

void core_on_guest_fault(const struct guest_fault *fault)
{
	struct core_state *core = arch_core_state();

	if (partition_state(core->plan, core->partition_index) == PARTITION_RUNNING) {
		core->exits[EXIT_FAULT]++;
		report_cause(core, fault);
		report_registers(fault);
		partition_end(core, PARTITION_FAULTED, " faulted: stopped");
	} else {
		core->exits[EXIT_RECALL]++;
		report_recall(core);
	}
	vcpu_park(core);
}

void core_panic(const char *what, uint64_t value, uint64_t pc)
{
	struct core_state *core = arch_core_state();
	struct log_line line;

	if (core->has_panicked != 0u) {
		arch_halt();
	}
	core->has_panicked = 1u;
	log_begin(&line);
	log_text(&line, "panic: ");
	log_text(&line, what);
	log_text(&line, " 0x");
	log_hex(&line, value, 16u);
	log_text(&line, ", pc 0x");
	log_hex(&line, pc, 16u);
	log_end(&line);
	arch_halt();
}
