/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the plan's row of x86. */
#include "planner/x86/row.h"

#include <string.h>

#include "planner/x86/machine.h"
#include "planner/x86/pci.h"

uint64_t x86_row_target(uint64_t id)
{
	return (id >> 4) << 16 | UINT64_C(1) << (id & 15);
}

/* What its guest may reach of the interrupt controllers. One pin at least, as an I/O APIC has. */
static void reach_fill(const struct model *model, const struct partition *partition, struct plan_x86_partition *out)
{
	out->pins = 1;
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		for (size_t j = 0; j < device->interrupt_count; j++) {
			uint32_t pins = (uint32_t)(device->interrupts[j].id - 32) + 1;

			out->pins = pins > out->pins ? pins : out->pins;
		}
	}
	for (size_t i = 0; i < partition->core_count; i++) {
		uint64_t id = model->cores[partition->cores[i]].mpidr;
		uint32_t count = (uint32_t)(id / 16) + 1;

		out->clusters[id / 16] = (uint16_t)(out->clusters[id / 16] | 1u << id % 16);
		out->cluster_count = count > out->cluster_count ? count : out->cluster_count;
	}
}

struct plan_x86 x86_row(const struct model *model, const struct layout *layout, uint64_t device_table,
			const struct plan_x86_partition *partitions)
{
	const struct x86_board *board = &model->board.x86;
	struct plan_x86 row = {
		.vendor = x86_machine_is_intel(model) ? PLAN_VENDOR_INTEL : PLAN_VENDOR_AMD,
		.trampoline = board->trampoline,
		.ioapic_pa = model->board.gic.distributor.base,
		.ioapic_va = layout->gicd_va,
		.ioapic_pins = X86_PINS,
		.apic_frequency = board->apic_frequency,
		.tsc_frequency = board->tsc_frequency,
		.control = layout->x86_control,
		.host = layout->x86_host,
		.power_off_port = board->power_off_port,
		.power_off_value = board->power_off_value,
		.configuration_pa = board->configuration.base,
		.configuration_va = board->configuration.size != 0 ? layout->configuration_va : 0,
		.iommu_pa = board->iommu.base,
		.iommu_va = board->iommu.size != 0 ? layout->iommu_va : 0,
		.device_table = device_table,
		.remap = layout->x86_remap,
		.buses = board->buses,
	};

	x86_pci_rows(model, layout, &row);
	memcpy(row.partitions, partitions, model->partition_count * sizeof(*partitions));
	for (size_t i = 0; i < model->partition_count; i++)
		reach_fill(model, &model->partitions[i], &row.partitions[i]);
	return row;
}
