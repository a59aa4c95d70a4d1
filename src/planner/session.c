/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a running machine: one poll(), nobody waited for. Not here: set-up and exit status (run.c). */
#include "planner/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "planner/events.h"
#include "planner/terminal.h"

#define TICK_MILLISECONDS 100u
#define FAILURE_MILLISECONDS 300u /* for the messages that follow a panic */
#define KILL_MILLISECONDS 5000u   /* for QEMU to end by itself */
#define INPUT_SIZE 1024u

uint64_t session_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

int session_block_signals(void)
{
	static const int blocked[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++)
		sigaddset(&set, blocked[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- the end ---- */

static void stop_within(struct session *session, uint64_t milliseconds)
{
	uint64_t at = session_clock() + milliseconds;

	if (!session->is_stopping && (session->stop_at == 0 || at < session->stop_at))
		session->stop_at = at;
}

static void stop_when_due(struct session *session)
{
	if (session->log.failure[0] != '\0')
		stop_within(session, FAILURE_MILLISECONDS);
	if (session->screen.is_closed)
		stop_within(session, 0);
	if (session->stop_at == 0 || session_clock() < session->stop_at)
		return;
	qemu_kill(&session->child, session->is_stopping ? SIGKILL : SIGTERM);
	session->is_stopping = true;
	session->stop_at = session_clock() + KILL_MILLISECONDS;
}

static void serve_signals(struct session *session)
{
	struct signalfd_siginfo information;

	while (read(session->signals, &information, sizeof(information)) == (ssize_t)sizeof(information)) {
		if (information.ssi_signo == SIGCHLD) {
			qemu_reap(&session->child);
			continue;
		}
		session->signal = (int)information.ssi_signo;
		stop_within(session, 0);
	}
}

static void serve_errors(struct session *session)
{
	const char *line;

	while ((line = qemu_read_error(&session->child)) != NULL) {
		if (!session->child.killed) /* it tells which signal ended it: ours */
			screen_print(&session->screen, "qemu", line);
	}
}

/* ---- input ---- */

static struct console *focused(const struct session *session)
{
	for (size_t i = 0; i < session->console_count; i++) {
		if (&session->consoles[i].source == session->screen.focus)
			return &session->consoles[i];
	}
	return NULL;
}

void session_focus_next(struct session *session)
{
	struct console *old = focused(session);
	size_t start = old == NULL ? 0 : (size_t)(old - session->consoles) + 1;

	for (size_t i = 0; i < session->console_count; i++) {
		struct console *next = &session->consoles[(start + i) % session->console_count];

		if (!next->is_owned)
			continue;
		session->screen.focus = &next->source;
		return;
	}
}

static void print_focus(struct session *session)
{
	char text[128];

	if (session->screen.focus == NULL)
		return;
	snprintf(text, sizeof(text), "input goes to %.64s", session->screen.focus->name);
	screen_print(&session->screen, "bulkhead", text);
}

static void print_help(struct session *session)
{
	screen_print(&session->screen, "bulkhead",
		     "Ctrl-] then n = next console, q = quit, ? = this help, Ctrl-] = type Ctrl-]");
	print_focus(session);
}

static void take_key(struct session *session, uint8_t byte)
{
	struct console *console = focused(session);

	switch (terminal_key(&session->is_command, byte)) {
	case TERMINAL_TYPED:
		if (console != NULL)
			console_type(console, &byte, 1);
		break;
	case TERMINAL_NEXT:
		session_focus_next(session);
		print_focus(session);
		break;
	case TERMINAL_QUIT:
		stop_within(session, 0);
		break;
	case TERMINAL_HELP:
		print_help(session);
		break;
	case TERMINAL_NONE:
	default:
		break;
	}
}

/* How much input to read: a pipe waits while its partition does not read; a keyboard has commands among its keys. */
static size_t input_room(const struct session *session)
{
	const struct console *console = focused(session);
	size_t room = console == NULL ? 0 : console_room(console);

	return session->is_terminal || room > INPUT_SIZE ? INPUT_SIZE : room;
}

static void serve_input(struct session *session)
{
	uint8_t bytes[INPUT_SIZE];
	ssize_t count = read(session->input, bytes, input_room(session));

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		session->input = -1;
		if (session->is_terminal) /* the user has gone */
			stop_within(session, 0);
		return;
	}
	if (!session->is_terminal) {
		console_type(focused(session), bytes, (size_t)count);
		return;
	}
	for (ssize_t i = 0; i < count; i++)
		take_key(session, bytes[i]);
}

/* ---- the loop ---- */

static void watch(const struct session *session, struct events *events)
{
	events->count = 0;
	events_watch(events, session->signals, POLLIN);
	events_watch(events, session->child.errors, POLLIN);
	events_watch(events, session->input, input_room(session) > 0 ? POLLIN : 0);
	if (screen_is_pending(&session->screen))
		events_watch(events, session->screen.output, POLLOUT);
	for (size_t i = 0; i < session->console_count; i++)
		console_watch(&session->consoles[i], events);
}

static void serve(struct session *session, const struct events *events)
{
	for (size_t i = 0; i < session->console_count; i++)
		console_serve(&session->consoles[i], events, &session->screen, &session->log);
	if (session->child.errors >= 0 && events_ready(events, session->child.errors, POLLIN))
		serve_errors(session);
	if (session->input >= 0 && events_ready(events, session->input, POLLIN))
		serve_input(session);
	screen_settle(&session->screen);
	if (screen_is_pending(&session->screen) && events_ready(events, session->screen.output, POLLOUT))
		screen_write(&session->screen);
	if (events_ready(events, session->signals, POLLIN))
		serve_signals(session);
}

static void tick(struct session *session)
{
	log_collect(&session->log);
	for (size_t i = 0; i < session->console_count; i++)
		screen_tick(&session->screen, &session->consoles[i].source);
	screen_settle(&session->screen);
}

void session_run(struct session *session)
{
	struct events events;
	uint64_t next_tick = session_clock();

	if (session->is_terminal)
		print_help(session);
	while (!session->child.ended) {
		uint64_t now = session_clock();

		if (now >= next_tick) {
			tick(session);
			next_tick = now + TICK_MILLISECONDS;
		}
		watch(session, &events);
		poll(events.entries, events.count, (int)(next_tick - now));
		serve(session, &events);
		stop_when_due(session);
	}
	serve_errors(session);
}
