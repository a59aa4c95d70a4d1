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
 * Each writes one value: with `key` as a member of an object, with NULL as an element of an array, or as the document.
 * Cannot fail; at most JSON_DEPTH values lie in each other.
 */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_end(struct json *json); /* of the last object or array that is still open */
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);

/* An address, as text: "0x40200000". */
void json_address(struct json *json, const char *key, uint64_t value);

/* Bytes, as text of two hexadecimal digits each. */
void json_bytes(struct json *json, const char *key, const uint8_t *bytes, size_t count);

/* A text, or null for NULL. Bytes that are no UTF-8 become U+FFFD. */
void json_text(struct json *json, const char *key, const char *text);

#endif
