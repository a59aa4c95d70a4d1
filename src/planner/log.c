/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own messages: reads the rings while the cores write them, sorts lines by their stamps. Not here: how
 * they reach the screen.
 */
#include "planner/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "planner/memory.h"
#include "planner/message.h"

#define MICROSECONDS 1000000u
#define LINES_AT_FIRST 256u

static const struct location nowhere;

void log_start(struct log *log, struct screen *screen)
{
	*log = (struct log){.screen = screen};
}

bool log_open(struct log *log, const char *folder)
{
	const char *path = memory_text("%s/hypervisor.log", folder);

	log->file = fopen(path, "we");
	if (log->file == NULL)
		message_error(nowhere, "cannot write '%s': %s", path, strerror(errno));
	return log->file != NULL;
}

void log_add_ring(struct log *log, const struct log_ring *ring)
{
	if (log->source_count < PLAN_MAX_CORES)
		log->sources[log->source_count++].ring = ring;
}

/* ---- lines ---- */

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The hypervisor's own end: a panic, or a numbered refusal to start. */
static bool is_failure(const char *text)
{
	return starts_with(text, "panic") || (text[0] == 'E' && isdigit((unsigned char)text[1]));
}

static void note_failure(struct log *log, const char *text)
{
	if (log->failure[0] == '\0' && is_failure(text))
		snprintf(log->failure, sizeof(log->failure), "%s", text);
}

static void note_frequency(struct log *log, const char *text)
{
	const char *counter = strstr(text, "counter ");
	uint64_t frequency;
	int end = 0;

	if (counter == NULL || log->frequency != 0)
		return;
	if (sscanf(counter, "counter %" SCNu64 " Hz%n", &frequency, &end) == 1 && end > 0)
		log->frequency = frequency;
}

static void add_line(struct log *log, uint32_t core, uint64_t stamp, const char *text)
{
	struct log_line *line;

	if (log->line_count == log->line_room) {
		size_t room = log->line_room == 0 ? LINES_AT_FIRST : 2 * log->line_room;
		struct log_line *lines = memory_zeroed(room, sizeof(*lines));

		if (log->line_count > 0)
			memcpy(lines, log->lines, log->line_count * sizeof(*lines));
		log->lines = lines;
		log->line_room = room;
	}
	line = &log->lines[log->line_count++];
	*line = (struct log_line){.stamp = stamp, .order = log->arrivals++, .core = core};
	snprintf(line->text, sizeof(line->text), "%s", text);
	note_frequency(log, text);
	note_failure(log, text);
}

static int compare_lines(const void *first, const void *second)
{
	const struct log_line *a = first, *b = second;

	if (a->stamp != b->stamp)
		return a->stamp < b->stamp ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

/* A line that the console showed is not shown again when it turns up in a ring. */
static bool take_seen(struct log *log, const char *text)
{
	for (size_t i = 0; i < log->seen_count; i++) {
		if (strcmp(log->seen[i], text) != 0)
			continue;
		log->seen_count--;
		memmove(log->seen[i], log->seen[i + 1], (log->seen_count - i) * sizeof(log->seen[0]));
		return true;
	}
	return false;
}

static void show_line(struct log *log, const struct log_line *line)
{
	if (log->file != NULL && log->frequency != 0)
		fprintf(log->file, "[%" PRIu64 ".%06" PRIu64 " core %u] %s\n", line->stamp / log->frequency,
			line->stamp % log->frequency * MICROSECONDS / log->frequency, line->core, line->text);
	else if (log->file != NULL)
		fprintf(log->file, "[%" PRIu64 " ticks core %u] %s\n", line->stamp, line->core, line->text);
	if (!take_seen(log, line->text))
		screen_print(log->screen, "hypervisor", line->text);
}

/* Shows the lines up to `limit` and keeps the rest. */
static void show_lines(struct log *log, uint64_t limit)
{
	size_t done = 0;

	if (log->line_count == 0)
		return;
	qsort(log->lines, log->line_count, sizeof(log->lines[0]), compare_lines);
	for (; done < log->line_count && log->lines[done].stamp <= limit; done++)
		show_line(log, &log->lines[done]);
	log->line_count -= done;
	memmove(log->lines, log->lines + done, log->line_count * sizeof(log->lines[0]));
	if (log->file != NULL)
		fflush(log->file);
}

/* ---- the console ---- */

static void end_console_line(struct log *log)
{
	const size_t prefix = sizeof(LOG_CONSOLE_PREFIX) - 1;
	const char *text = log->console + prefix;

	while (log->console_length > 0 && log->console[log->console_length - 1] == '\r')
		log->console_length--;
	log->console[log->console_length] = '\0';
	log->console_length = 0;
	if (!starts_with(log->console, LOG_CONSOLE_PREFIX))
		return;
	if (log->seen_count < LOG_SEEN_MAX)
		memcpy(log->seen[log->seen_count++], text, strlen(text) + 1);
	note_failure(log, text);
	if (log->file != NULL && is_failure(text)) { /* it may have had no ring yet */
		fprintf(log->file, "[console] %s\n", text);
		fflush(log->file);
	}
}

void log_console(struct log *log, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			end_console_line(log);
		else if (log->console_length < LOG_LINE_MAX - 1)
			log->console[log->console_length++] = (char)bytes[i];
	}
}

/* ---- the rings ---- */

static bool parse_stamp(const char *line, uint64_t *stamp)
{
	for (size_t i = 0; i < LOG_STAMP_DIGITS; i++) {
		if (!isxdigit((unsigned char)line[i]))
			return false;
	}
	*stamp = strtoull(line, NULL, 16);
	return line[LOG_STAMP_DIGITS] == ' ';
}

static void end_ring_line(struct log *log, struct log_source *source)
{
	const char *text = source->line;
	uint64_t stamp = source->last_stamp;

	source->line[source->length] = '\0';
	if (parse_stamp(source->line, &stamp))
		text += LOG_STAMP_DIGITS + 1;
	source->last_stamp = stamp;
	add_line(log, source->ring->core, stamp, text);
}

static void take_byte(struct log *log, struct log_source *source, char byte)
{
	if (byte == '\n') {
		if (!source->is_torn)
			end_ring_line(log, source);
		source->is_torn = false;
		source->length = 0;
	} else if (source->length < LOG_LINE_MAX - 1) {
		source->line[source->length++] = byte >= ' ' && byte < 0x7f ? byte : '?';
	}
}

/* The first byte that the ring still holds whole, though its core may be writing the next line. */
static uint64_t oldest_byte(uint64_t written)
{
	return written + LOG_LINE_MAX > LOG_RING_SIZE ? written + LOG_LINE_MAX - LOG_RING_SIZE : 0;
}

static void skip_lost(struct log *log, struct log_source *source, uint64_t lost)
{
	char text[LOG_LINE_MAX];

	snprintf(text, sizeof(text), "%" PRIu64 " bytes of messages lost: they came faster than they were read", lost);
	add_line(log, source->ring->core, source->last_stamp, text);
	source->is_torn = true;
	source->length = 0;
}

static void collect_ring(struct log *log, struct log_source *source)
{
	char bytes[LOG_RING_SIZE];
	uint64_t written, oldest;

	if (__atomic_load_n(&source->ring->magic, __ATOMIC_ACQUIRE) != LOG_MAGIC)
		return;
	written = __atomic_load_n(&source->ring->written, __ATOMIC_ACQUIRE);
	if (written <= source->taken)
		return;
	memcpy(bytes, source->ring->bytes, sizeof(bytes));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	oldest = oldest_byte(__atomic_load_n(&source->ring->written, __ATOMIC_RELAXED));
	if (oldest > written)
		oldest = written;
	if (source->taken < oldest) {
		skip_lost(log, source, oldest - source->taken);
		source->taken = oldest;
	}
	for (; source->taken < written; source->taken++)
		take_byte(log, source, bytes[source->taken % LOG_RING_SIZE]);
}

void log_collect(struct log *log)
{
	uint64_t limit = log->newest;

	for (size_t i = 0; i < log->source_count; i++) {
		collect_ring(log, &log->sources[i]);
		if (log->sources[i].last_stamp > log->newest)
			log->newest = log->sources[i].last_stamp;
	}
	show_lines(log, limit);
}

void log_finish(struct log *log)
{
	log_collect(log);
	show_lines(log, UINT64_MAX);
	if (log->file != NULL)
		fclose(log->file);
	log->file = NULL;
}
