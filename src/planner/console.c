/* SPDX-License-Identifier: Apache-2.0 */
/* One UART of the machine: QEMU's socket, its log file and the programs attached to it. Not here: the screen. */
#include "planner/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "planner/memory.h"
#include "planner/message.h"

#define READ_SIZE 4096u
#define CLOSE_MILLISECONDS 1000

static const struct location nowhere;

int console_open(struct console *console)
{
	int ends[2];

	console->uart = -1;
	console->log = -1;
	console->listener = -1;
	for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
		console->clients[i].socket = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		message_error(nowhere, "cannot make a socket for a console: %s", strerror(errno));
		return -1;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	console->uart = ends[0];
	return ends[1];
}

bool console_log(struct console *console, const char *folder)
{
	const char *path = memory_text("%s/%s.log", folder, console->source.name);

	console->log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (console->log < 0)
		message_error(nowhere, "cannot write '%s': %s", path, strerror(errno));
	return console->log >= 0;
}

bool console_listen(struct console *console, const char *folder)
{
	const char *path = memory_text("%s/%s.sock", folder, console->source.name);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener;

	if (strlen(path) >= sizeof(address.sun_path)) {
		message_error(nowhere, "'%s' is too long for a socket's path; choose a folder with a shorter one",
			      path);
		return false;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path); /* one that an earlier run was not given the time to remove */
	if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, CONSOLE_CLIENTS) != 0) {
		message_error(nowhere, "cannot listen on '%s': %s", path, strerror(errno));
		if (listener >= 0)
			close(listener);
		return false;
	}
	console->listener = listener;
	console->listener_path = path;
	return true;
}

static void close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* ---- to the partition ---- */

size_t console_room(const struct console *console)
{
	return CONSOLE_INPUT - console->input_length;
}

void console_type(struct console *console, const uint8_t *bytes, size_t count)
{
	if (count > console_room(console))
		count = console_room(console);
	memcpy(console->input + console->input_length, bytes, count);
	console->input_length += count;
}

static void write_input(struct console *console)
{
	ssize_t count = send(console->uart, console->input, console->input_length, MSG_NOSIGNAL);

	if (count <= 0)
		return; /* full for now, or QEMU is gone: reading finds that out */
	console->input_length -= (size_t)count;
	memmove(console->input, console->input + count, console->input_length);
}

/* ---- from the partition ---- */

static void write_log(struct console *console, const uint8_t *bytes, size_t count)
{
	while (console->log >= 0 && count > 0) {
		ssize_t written = write(console->log, bytes, count);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			message_error(nowhere, "the log of '%s' ends here: %s", console->source.name, strerror(errno));
			close_descriptor(&console->log);
			return;
		}
		bytes += written;
		count -= (size_t)written;
	}
}

/* Reads one buffer. Returns false when there was nothing. */
static bool read_uart(struct console *console, struct screen *screen, struct log *log)
{
	uint8_t bytes[READ_SIZE];
	ssize_t count = recv(console->uart, bytes, sizeof(bytes), 0);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (count <= 0) {
		close_descriptor(&console->uart);
		return false;
	}
	write_log(console, bytes, (size_t)count);
	for (ssize_t i = 0; i < count; i++)
		console->history[console->received++ % CONSOLE_HISTORY] = bytes[i];
	if (console->source.is_hypervisor)
		log_console(log, bytes, (size_t)count);
	screen_feed(screen, &console->source, bytes, (size_t)count);
	return true;
}

/* ---- clients ---- */

static void accept_client(struct console *console)
{
	int socket = accept4(console->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (size_t i = 0; socket >= 0 && i < CONSOLE_CLIENTS; i++) {
		if (console->clients[i].socket >= 0)
			continue;
		console->clients[i] = (struct console_client){.socket = socket, .sent = 0};
		return;
	}
	close_descriptor(&socket); /* no room for one more */
}

static void send_history(struct console *console, struct console_client *client)
{
	size_t start, count;
	ssize_t sent;

	if (console->received - client->sent > CONSOLE_HISTORY)
		client->sent = console->received - CONSOLE_HISTORY; /* too slow, or late: the oldest is gone */
	start = (size_t)(client->sent % CONSOLE_HISTORY);
	count = (size_t)(console->received - client->sent);
	if (count > CONSOLE_HISTORY - start)
		count = CONSOLE_HISTORY - start;
	sent = send(client->socket, console->history + start, count, MSG_NOSIGNAL);
	if (sent > 0)
		client->sent += (uint64_t)sent;
	else if (sent < 0 && errno != EAGAIN && errno != EINTR)
		close_descriptor(&client->socket);
}

static void read_client(struct console *console, struct console_client *client)
{
	uint8_t bytes[READ_SIZE];
	size_t room = console_room(console);
	ssize_t count;

	if (room == 0)
		return;
	count = recv(client->socket, bytes, room < sizeof(bytes) ? room : sizeof(bytes), 0);
	if (count > 0)
		console_type(console, bytes, (size_t)count);
	else if (count == 0 || (errno != EAGAIN && errno != EINTR))
		close_descriptor(&client->socket);
}

static bool client_waits(const struct console *console, const struct console_client *client)
{
	return client->socket >= 0 && client->sent != console->received;
}

/* ---- the loop's view ---- */

void console_watch(const struct console *console, struct events *events)
{
	events_watch(events, console->uart, (short)(POLLIN | (console->input_length > 0 ? POLLOUT : 0)));
	events_watch(events, console->listener, POLLIN);
	for (size_t i = 0; i < CONSOLE_CLIENTS; i++) {
		const struct console_client *client = &console->clients[i];

		events_watch(events, client->socket,
			     (short)((console_room(console) > 0 ? POLLIN : 0) |
				     (client_waits(console, client) ? POLLOUT : 0)));
	}
}

void console_serve(struct console *console, const struct events *events, struct screen *screen, struct log *log)
{
	if (console->uart >= 0 && events_ready(events, console->uart, POLLIN))
		read_uart(console, screen, log);
	for (size_t i = 0; i < CONSOLE_CLIENTS; i++) {
		struct console_client *client = &console->clients[i];

		if (client->socket >= 0 && events_ready(events, client->socket, POLLIN))
			read_client(console, client);
		if (client_waits(console, client) && events_ready(events, client->socket, POLLOUT))
			send_history(console, client);
	}
	if (console->uart >= 0 && console->input_length > 0 && events_ready(events, console->uart, POLLOUT))
		write_input(console);
	if (console->listener >= 0 && events_ready(events, console->listener, POLLIN))
		accept_client(console);
}

static void finish_client(struct console *console, struct console_client *client)
{
	while (client_waits(console, client)) {
		struct pollfd entry = {.fd = client->socket, .events = POLLOUT};

		if (poll(&entry, 1, CLOSE_MILLISECONDS) <= 0)
			break;
		send_history(console, client);
	}
	close_descriptor(&client->socket);
}

void console_close(struct console *console, struct screen *screen, struct log *log)
{
	while (console->uart >= 0 && read_uart(console, screen, log))
		continue;
	close_descriptor(&console->uart);
	for (size_t i = 0; i < CONSOLE_CLIENTS; i++)
		finish_client(console, &console->clients[i]);
	close_descriptor(&console->log);
	if (console->listener >= 0)
		unlink(console->listener_path);
	close_descriptor(&console->listener);
}
