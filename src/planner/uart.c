/* SPDX-License-Identifier: Apache-2.0 */
/* The table of UARTs: compatibles of Linux's bindings. Not here: which one a board's console is (read_board.c). */
#include "planner/uart.h"

#include <libfdt.h>
#include <string.h>

static const struct uart uarts[] = {
	{"arm,pl011", "pl011", NULL},
	{"arm,sbsa-uart", "pl011", NULL}, /* its data and flag registers are (Base System Architecture, DEN0094) */
	{"cdns,uart-r1p12", "cadence", NULL},
	{"xlnx,xuartps", "cadence", NULL},
	{"fsl,imx6q-uart", "imx", NULL},
	{"fsl,ls1021a-lpuart", NULL, NULL},
	{"fsl,ls1028a-lpuart", NULL, NULL},
	{"fsl,imx7ulp-lpuart", NULL, NULL},
	{"fsl,imx8qxp-lpuart", NULL, NULL},
	{"fsl,imx8ulp-lpuart", NULL, NULL},
	{"snps,dw-apb-uart", NULL, NULL},
	{"ns16550a", NULL, "ns16550"},
	{"ns16550", NULL, "ns16550"},
	{"fsl,ns16550", NULL, NULL},
	{"nvidia,tegra20-uart", NULL, NULL},
	{"ti,am654-uart", NULL, NULL},
	{"mediatek,mt6577-uart", NULL, NULL},
	{"brcm,bcm2835-aux-uart", NULL, NULL},
	{"amlogic,meson-uart", NULL, NULL},
	{"amlogic,meson-gx-uart", NULL, NULL},
	{"amlogic,meson-s4-uart", NULL, NULL},
	{"amlogic,meson-ao-uart", NULL, NULL},
	{"qcom,geni-uart", NULL, NULL},
	{"qcom,geni-debug-uart", NULL, NULL},
	{"qcom,msm-uartdm", NULL, NULL},
	{"samsung,exynos4210-uart", NULL, NULL},
	{"renesas,scif", NULL, NULL},
	{"renesas,hscif", NULL, NULL},
	{"marvell,armada-3700-uart", NULL, NULL},
	{"marvell,armada-3700-uart-ext", NULL, NULL},
};

const struct uart *uart_find(const void *tree, int node)
{
	const char *compatible;

	for (int i = 0; (compatible = fdt_stringlist_get(tree, node, "compatible", i, NULL)) != NULL; i++) {
		for (size_t j = 0; j < sizeof(uarts) / sizeof(uarts[0]); j++) {
			if (strcmp(uarts[j].compatible, compatible) == 0)
				return &uarts[j];
		}
	}
	return NULL;
}

bool uart_is(const void *tree, const struct device *device)
{
	return uart_find(tree, device->node) != NULL || strncmp(device->name, "serial", 6) == 0 ||
	       strncmp(device->name, "uart", 4) == 0;
}

const char *uart_driver(const struct uart *uart, enum plan_arch arch, const struct device *device)
{
	if (arch == PLAN_ARCH_X86)
		return device->port_count > 0 ? uart->port_driver : NULL;
	return uart->driver;
}
