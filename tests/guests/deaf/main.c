/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partition for x86-64 whose second core does not listen. A key on its console says how: "s" = it spins, "h" = it sleeps, "x" =
 * it makes exits as fast as it can, each with interrupts off; "e" ends the partition.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "rt/clock.h"
#include "rt/hal.h"
#include "rt/task.h"
#include "rt/x86/cpu.h"
#include "rt/x86/secondary.h"

#define SECOND_CORE 1u
#define LOOK_US 1000u

static _Alignas(16) unsigned char stack[4096];
static atomic_uint arrived;

static void arrive(void)
{
	(void)hal_interrupts_mask();
	atomic_store(&arrived, 1);
}

static void spin(void *argument)
{
	(void)argument;
	arrive();
	for (;;) {
	}
}

static void sleep_masked(void *argument)
{
	(void)argument;
	arrive();
	for (;;)
		__asm__ volatile("hlt");
}

/* A kick mostly finds the hypervisor at work. */
static void make_exits(void *argument)
{
	(void)argument;
	arrive();
	for (;;)
		(void)cpu_id(0);
}

static void deafen(void (*function)(void *argument), const char *how)
{
	static struct secondary_start start = {.stack_top = stack + sizeof(stack)};

	start.function = function;
	if (!secondary_start(SECOND_CORE, &start)) {
		(void)puts("DEAF has one core only");
		return;
	}
	while (atomic_load(&arrived) == 0)
		task_sleep_until(clock_now() + clock_from_us(LOOK_US));
	(void)printf("DEAF %s\n", how);
}

int main(void)
{
	char key;

	(void)puts("DEAF ready");
	while (read(STDIN_FILENO, &key, 1) == 1) {
		if (key == 's')
			deafen(spin, "spins");
		else if (key == 'h')
			deafen(sleep_masked, "sleeps");
		else if (key == 'x')
			deafen(make_exits, "makes exits");
		else if (key == 'e')
			hal_power_reset();
	}
	return 0;
}
