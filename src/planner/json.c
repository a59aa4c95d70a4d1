/* SPDX-License-Identifier: Apache-2.0 */
/* One value a line; brackets that hold nothing stay together. */
#include "planner/json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "planner/memory.h"

/* Bytes of the UTF-8 character (RFC 3629) at `text`, 0 if it is none. */
static size_t utf8_size(const unsigned char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t point = size < 2 ? text[0] : text[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3fu);
	}
	return size == 0 || point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? 0 : size;
}

static void text_put(FILE *stream, const char *text)
{
	putc('"', stream);
	while (*text != '\0') {
		size_t size = utf8_size((const unsigned char *)text);

		if (*text == '"' || *text == '\\')
			fprintf(stream, "\\%c", *text);
		else if (size == 0 || (unsigned char)*text < ' ')
			fprintf(stream, "\\u%04x", size == 0 ? 0xfffdu : (unsigned int)*text);
		else
			fwrite(text, 1, size, stream);
		text += size == 0 ? 1 : size;
	}
	putc('"', stream);
}

static void line_begin(struct json *json)
{
	putc('\n', json->stream);
	for (size_t i = 0; i < json->depth; i++)
		putc('\t', json->stream);
}

/* What comes before a value. */
static void value_begin(struct json *json, const char *key)
{
	if (json->depth > 0) {
		if (json->has_member[json->depth - 1])
			putc(',', json->stream);
		json->has_member[json->depth - 1] = true;
		line_begin(json);
	}
	if (key != NULL) {
		text_put(json->stream, key);
		fputs(": ", json->stream);
	}
}

static void brackets_begin(struct json *json, const char *key, char opening)
{
	value_begin(json, key);
	if (json->depth == JSON_DEPTH)
		abort();
	putc(opening, json->stream);
	json->has_member[json->depth] = false;
	json->closing[json->depth++] = opening == '{' ? '}' : ']';
}

static void brackets_end(struct json *json)
{
	json->depth--;
	if (json->has_member[json->depth])
		line_begin(json);
	putc(json->closing[json->depth], json->stream);
	if (json->depth == 0)
		putc('\n', json->stream);
}

/* The value for a conversion, or null. */
static void value_put(struct json *json, const char *word, va_list *arguments)
{
	const char *text = strncmp(word, "%s", 2) == 0 ? va_arg(*arguments, const char *) : NULL;

	if (text != NULL)
		text_put(json->stream, text);
	else if (word[0] != '%' || word[1] == 's')
		fputs("null", json->stream);
	else if (word[1] == 'd')
		fputs(va_arg(*arguments, int) != 0 ? "true" : "false", json->stream);
	else if (word[1] == 'u')
		fprintf(json->stream, "%u", va_arg(*arguments, unsigned int));
	else
		fprintf(json->stream, word[2] == 'x' ? "\"0x%lx\"" : "%lu", va_arg(*arguments, unsigned long));
}

void json_put(struct json *json, const char *format, ...)
{
	const char *key = NULL;
	va_list arguments;

	va_start(arguments, format);
	for (size_t length; *format != '\0'; format += length + (format[length] == ' ')) {
		const char *before = key;

		length = strcspn(format, " ");
		key = NULL;
		if (strchr("]}", *format) != NULL) {
			brackets_end(json);
		} else if (strchr("[{", *format) != NULL) {
			brackets_begin(json, before, *format);
		} else if (*format == '%' || (length == 4 && strncmp(format, "null", length) == 0)) {
			value_begin(json, before);
			value_put(json, format, &arguments);
		} else {
			key = memory_text("%.*s", (int)length, format);
		}
	}
	va_end(arguments);
}

void json_bytes(struct json *json, const char *key, const uint8_t *bytes, size_t count)
{
	value_begin(json, key);
	putc('"', json->stream);
	for (size_t i = 0; i < count; i++)
		fprintf(json->stream, "%02x", bytes[i]);
	putc('"', json->stream);
}
