/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One UART of the machine as the host sees it: a socket to QEMU that is always read, and who gets the bytes: log file,
 * attached clients, screen. Not here: how the screen shows them (screen.h).
 */
#ifndef PLANNER_CONSOLE_H
#define PLANNER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "planner/events.h"
#include "planner/log.h"
#include "planner/screen.h"

#define CONSOLE_HISTORY 65536u
#define CONSOLE_INPUT 4096u
#define CONSOLE_CLIENTS 4u

/* A program attached to DIR/NAME.sock: it gets the history first, then all that comes; what it sends is typed. */
struct console_client {
	int socket;    /* -1: free */
	uint64_t sent; /* of the bytes that the UART ever sent */
};

struct console {
	struct screen_source source; /* source.name: the partition's, or the UART's where nobody owns it */
	bool is_owned;               /* by a partition: can have the focus */
	int uart;                    /* -1 once QEMU has closed it */
	int log;                     /* -1: none */
	int listener;                /* -1: none */
	const char *listener_path;
	struct console_client clients[CONSOLE_CLIENTS];
	uint64_t received; /* bytes ever; the last CONSOLE_HISTORY at history[n % CONSOLE_HISTORY] */
	size_t input_length;
	uint8_t input[CONSOLE_INPUT]; /* on its way to the UART */
	uint8_t history[CONSOLE_HISTORY];
};

/*
 * Makes the console's end of the line and returns QEMU's end, which the caller closes once QEMU has it; -1 after a
 * message when the system refuses. `source` keeps what the caller set there.
 */
int console_open(struct console *console);

/* Writes all bytes to `folder`/NAME.log, a new file. False after a message. */
bool console_log(struct console *console, const char *folder);

/* Lets programs attach to `folder`/NAME.sock. False after a message. */
bool console_listen(struct console *console, const char *folder);

/* How many bytes console_type takes now. */
size_t console_room(const struct console *console);

/* Types bytes into the partition; what exceeds console_room is dropped. */
void console_type(struct console *console, const uint8_t *bytes, size_t count);

/* Names the descriptors to wait for. */
void console_watch(const struct console *console, struct events *events);

/* Does what is ready: reads the UART (at most one buffer a turn), types, accepts and serves clients. Never blocks. */
void console_serve(struct console *console, const struct events *events, struct screen *screen, struct log *log);

/* After QEMU's end: reads what is left, gives clients a second to take it, closes everything, removes the socket. */
void console_close(struct console *console, struct screen *screen, struct log *log);

#endif
