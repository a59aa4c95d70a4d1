/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the cores' performance monitors. Not here: what a partition may do with them, which is the hypervisor's matter.
 */
#include "planner/pmu.h"

#include <libfdt.h>
#include <string.h>

/* Linux's arm,pmu binding: "arm,armv8-pmuv3", or "arm,cortex-a53-pmu" and its like. */
static bool is_core_pmu(const char *compatible)
{
	size_t length = strlen(compatible);

	return strcmp(compatible, "arm,armv8-pmuv3") == 0 ||
	       (length > 4 && strncmp(compatible, "arm,", 4) == 0 && strcmp(compatible + length - 4, "-pmu") == 0);
}

const struct device *pmu_find(const struct model *model)
{
	for (size_t i = 0; i < model->device_count; i++) {
		const struct device *device = &model->devices[i];
		const char *compatible = fdt_stringlist_get(model->tree, device->node, "compatible", 0, NULL);

		if (device->disabled == 0 && device->register_count == 0 && device->interrupt_count == 1 &&
		    device->interrupts[0].id < 32 && compatible && is_core_pmu(compatible))
			return device;
	}
	return NULL;
}
