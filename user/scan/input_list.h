/* SPDX-License-Identifier: MIT */
/* Names on a command line -> the files to be read, each once, in an order that does not change. One thread. */
#ifndef SCAN_INPUT_LIST_H
#define SCAN_INPUT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_file {
	char *path;     /* as named or below a named directory; "-" is standard input */
	uint64_t bytes; /* 0: not known */
	bool named;     /* itself, not a directory above it */
};

struct input_list {
	struct input_file *items;
	size_t len;
	uint64_t bytes;
	size_t specials; /* devices, sockets, links that lead nowhere, found in directories and left out */
	void *seen;      /* device and inode of what is in it */
};

/* A name that could not be looked at, and why. */
typedef void (*input_list_error_fn)(void *arg, const char *path, int error);

/*
 * Adds a file, "-", or all regular files below a directory, in byte order of name. In a directory, symbolic links to
 * files are followed, those to directories are not. What is in the list already is not added again. 0 or -ENOMEM.
 */
int input_list_add(struct input_list *l, const char *path, input_list_error_fn fn, void *arg);
void input_list_release(struct input_list *l);

#endif
