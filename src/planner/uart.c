/* SPDX-License-Identifier: Apache-2.0 */
/* The table of UARTs: compatibles of Linux's bindings. Not here: which one a board's console is (read_board.c). */
#include "planner/uart.h"

#include <libfdt.h>
#include <string.h>

static const struct uart uarts[] = {
	{"arm,pl011", "pl011"},
	{"arm,sbsa-uart", "pl011"}, /* its data and flag registers are (Base System Architecture, DEN0094) */
	{"cdns,uart-r1p12", "cadence"},
	{"xlnx,xuartps", "cadence"},
	{"fsl,imx6q-uart", "imx"},
	{"fsl,ls1021a-lpuart", NULL},
	{"fsl,ls1028a-lpuart", NULL},
	{"fsl,imx7ulp-lpuart", NULL},
	{"fsl,imx8qxp-lpuart", NULL},
	{"fsl,imx8ulp-lpuart", NULL},
	{"snps,dw-apb-uart", NULL},
	{"ns16550a", NULL},
	{"ns16550", NULL},
	{"fsl,ns16550", NULL},
	{"nvidia,tegra20-uart", NULL},
	{"ti,am654-uart", NULL},
	{"mediatek,mt6577-uart", NULL},
	{"brcm,bcm2835-aux-uart", NULL},
	{"amlogic,meson-uart", NULL},
	{"amlogic,meson-gx-uart", NULL},
	{"amlogic,meson-s4-uart", NULL},
	{"amlogic,meson-ao-uart", NULL},
	{"qcom,geni-uart", NULL},
	{"qcom,geni-debug-uart", NULL},
	{"qcom,msm-uartdm", NULL},
	{"samsung,exynos4210-uart", NULL},
	{"renesas,scif", NULL},
	{"renesas,hscif", NULL},
	{"marvell,armada-3700-uart", NULL},
	{"marvell,armada-3700-uart-ext", NULL},
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
