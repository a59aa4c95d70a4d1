/* SPDX-License-Identifier: Apache-2.0 */
/* The table of interrupt handlers. */
#include "rt/interrupt.h"

#include "rt/hal.h"
#include "rt/panic.h"

#define HANDLERS_MAX 16u

struct handler {
	uint32_t id;
	void (*function)(void *argument);
	void *argument;
};

/* Entries are complete before their interrupt is enabled. */
static struct handler handlers[HANDLERS_MAX];
static unsigned handler_count;
static bool active;

void interrupt_attach(uint32_t id, void (*handler)(void *argument), void *argument)
{
	ASSERT(handler_count < HANDLERS_MAX);
	handlers[handler_count] = (struct handler){.id = id, .function = handler, .argument = argument};
	handler_count++;
	hal_interrupt_enable(id);
}

bool interrupt_is_active(void)
{
	return active;
}

void interrupt_dispatch(uint32_t id)
{
	for (unsigned i = 0; i < handler_count; i++) {
		if (handlers[i].id == id) {
			active = true;
			handlers[i].function(handlers[i].argument);
			active = false;
			return;
		}
	}
	panic("an interrupt without a handler");
}
