/* SPDX-License-Identifier: MIT */
/*
 * Mappings of a YAML file -> structs, by a table of what may stand in them. Mistakes go to the file's diagnostics, all
 * of them, each with its place; a member whose field is wrong or missing keeps its value. One thread.
 */
#ifndef BASE_YAML_FIELD_H
#define BASE_YAML_FIELD_H

#include "base/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yaml_texts {
	char **items;
	size_t len;
};

enum yaml_type {
	YAML_TEXT,     /* char *, owned */
	YAML_TEXTS,    /* struct yaml_texts; one text may stand for a list of one */
	YAML_WORD,     /* unsigned int: index in .words */
	YAML_BOOL,     /* bool */
	YAML_COUNT,    /* uint64_t, a whole number, .min to .max */
	YAML_NUMBER,   /* double, .min to .max */
	YAML_SIZE,     /* uint64_t, bytes: 512, 64K, 16M, 2G */
	YAML_DURATION, /* uint64_t, nanoseconds: 250ms, 10s, 5m, 12h, 30d */
	YAML_MAPPING,  /* members of the same struct, by .fields */
	YAML_READ,     /* whatever .read makes of it */
};

struct yaml_field {
	const char *name;
	enum yaml_type type;
	bool required;
	size_t offset;
	double min, max;                 /* of YAML_SIZE in bytes, of YAML_DURATION in seconds; max 0: no limits */
	const char *const *words;        /* ended by NULL */
	const struct yaml_field *fields; /* ended by a name of NULL */
	/* base: the struct that yaml_read() was given. */
	void (*read)(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base);
};

/* Reads the members of the mapping into base by the table, ended by a name of NULL. `what` names the mapping where it
 * is none, or lacks something. */
void yaml_read(struct yaml *y, struct fy_node *mapping, struct fy_node *instead, const char *what,
               const struct yaml_field *fields, void *base);
/* Frees texts, and those of mappings; what YAML_READ made is its maker's. */
void yaml_fields_release(const struct yaml_field *fields, void *base);
/* Do both structs hold the same, but for what YAML_READ made and the fields of these names (NULL-ended; NULL: none)? */
bool yaml_fields_equal(const struct yaml_field *fields, const void *a, const void *b, const char *const *except);
/* Is it a list? False with a diagnostic that names it `what`. */
bool yaml_list(struct yaml *y, struct fy_node *value, struct fy_node *instead, const char *what);
/* The value that stands under the name, to point at; NULL: none. */
struct fy_node *yaml_member(struct fy_node *mapping, const char *name);
/* Appends every text of a list, or the one text. */
void yaml_texts_read(struct yaml *y, struct fy_node *key, struct fy_node *value, const char *what,
                     struct yaml_texts *ret);
int yaml_texts_add(struct yaml_texts *t, const char *text); /* 0 or -ENOMEM */
void yaml_texts_release(struct yaml_texts *t);

/* One scalar each: true, or false with a diagnostic. `instead`: where to point if the node has no place. */
bool yaml_word(struct yaml *y, struct fy_node *node, struct fy_node *instead, const char *what,
               const char *const *words, unsigned int *ret);
bool yaml_bool(struct yaml *y, struct fy_node *node, struct fy_node *instead, const char *what, bool *ret);
/* Digits with at most one point between them, whatever the locale; whole: without one. */
bool yaml_number(struct yaml *y, struct fy_node *node, struct fy_node *instead, const char *what, bool whole,
                 double min, double max, double *ret);

/* A number with a unit behind it. */
struct yaml_unit {
	const char *name;
	double factor;
};
struct yaml_quantity {
	const struct yaml_unit *units; /* ended by a name of NULL */
	const char *form, *unit;       /* "a size such as 64K or 16M", "bytes": for messages */
	double min, max;               /* max 0: no limits */
};
bool yaml_quantity(struct yaml *y, struct fy_node *node, struct fy_node *instead, const struct yaml_quantity *q,
                   const char *what, double *ret);

/* Of misspelt names: to be called with each name that there is, *ret_edits beginning as yaml_edits_max(name). True: it
 * is the nearest until now. */
size_t yaml_edits_max(const char *name);
bool yaml_is_nearer(const char *name, const char *known, size_t *ret_edits);

#endif
