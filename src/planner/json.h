/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON (RFC 8259), indented, to a stream. Not here: what is written (describe.h). */
#ifndef PLANNER_JSON_H
#define PLANNER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 16u

/* Begin with the stream and zeros; whether it could all be written, the stream's ferror tells. */
struct json {
	FILE *stream;
	size_t depth;
	bool has_member[JSON_DEPTH]; /* of the object or array at this depth */
	char closing[JSON_DEPTH];    /* the bracket that ends it */
};

/*
 * Writes what `format` shows: words apart by single spaces, each a bracket, the key of the value that follows, null, or a
 * conversion: %s text or null for NULL, %u and %lu number, %lx address ("0x40200000"), %d true or false. Texts' bytes that
 * are no UTF-8 become U+FFFD. A call may begin or end inside brackets. Cannot fail; at most JSON_DEPTH brackets lie in
 * each other.
 *
 *   json_put(&json, "range { base %lx size %lu } names [", base, size);
 */
void json_put(struct json *json, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a member: `count` bytes, as text of two hexadecimal digits each. */
void json_bytes(struct json *json, const char *key, const uint8_t *bytes, size_t count);

#endif
