/* SPDX-License-Identifier: Apache-2.0 */
/* A PL011 that may have been written to at random: set up anew for each line. */
#include "fuzzer/fuzzer.h"
#include "fuzzer/layout.h"

#define DR 0x000u
#define FR 0x018u
#define LCR 0x02cu
#define CR 0x030u
#define IMSC 0x038u
#define DMACR 0x048u
#define FR_TXFF 0x20u
#define LCR_8_FIFO 0x70u
#define CR_ON 0x301u /* UARTEN, TXE, RXE; no loop-back */

static volatile uint32_t *uart(uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(UART_BASE + OWN + offset);
}

void uart_line(const char *text)
{
	*uart(CR) = 0;
	*uart(IMSC) = 0;
	*uart(DMACR) = 0;
	*uart(LCR) = LCR_8_FIFO;
	*uart(CR) = CR_ON;
	for (; *text != '\0'; text++) {
		while ((*uart(FR) & FR_TXFF) != 0)
			;
		*uart(DR) = (uint8_t)*text;
	}
}
