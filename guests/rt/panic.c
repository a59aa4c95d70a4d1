/* SPDX-License-Identifier: Apache-2.0 */
/* The last line of a partition. */
#include "rt/panic.h"

#include <string.h>

#include "rt/console.h"
#include "rt/hal.h"

_Noreturn void panic(const char *text)
{
	static const char prefix[] = "\npanic: ";

	(void)hal_interrupts_mask();
	console_write(prefix, sizeof(prefix) - 1u);
	console_write(text, strlen(text));
	console_write("\n", 1);
	hal_power_off();
}
