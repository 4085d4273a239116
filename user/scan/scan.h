/* SPDX-License-Identifier: MIT */
/* Files -> matches and findings: the detector of the watch over what lies on disk, with its books. One thread. */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "app/options.h"
#include "base/cleanup.h"
#include "detect/detect.h"
#include "find/verdict.h"
#include "scan/input_list.h"

struct scan;

/* One match, borrowed for the call. No field holds the value. */
struct scan_match {
	const char *file;    /* "-": standard input */
	uint64_t line;       /* 1-based */
	uint64_t start, end; /* byte offsets in the line, end exclusive */
	const struct rule *rule;
	enum check_class class;
	float confidence;
	char masked[FIND_MASKED_SIZE];
};

struct scan_handler {
	void *arg;
	void (*match)(void *arg, const struct scan_match *m); /* NULL: findings only */
	/* Asked after each block; bytes of this file have been read from disk. false ends the scan. */
	bool (*go_on)(void *arg, uint64_t bytes);
};

/* Where the first match of a finding is. Columns are characters, 1-based, end exclusive. */
struct scan_place {
	uint64_t line, column, end_column;
};

/* 0, or -errno with diagnostics. */
int scan_new(struct scan **ret, const struct options *options, const struct scan_handler *handler,
             struct diags *ret_diags);
void scan_free(struct scan *s);
DEFINE_CLEANUP(struct scan *, scan_free)

/*
 * Scans one file. What of it could not be scanned is in the books; binary files too, unless `binary` says that they
 * are scanned like any other. 0; -EINTR: it was told to stop.
 */
int scan_file(struct scan *s, const struct input_file *file, bool binary);
/* Puts something that was not scanned into the books: its bytes as far as they are known. */
void scan_miss(struct scan *s, const char *name, uint64_t bytes, enum wire_loss reason, const char *why);

const struct findings *scan_findings(const struct scan *s);
struct scan_place scan_place(const struct scan *s, const struct finding *f);
uint64_t scan_files(const struct scan *s);    /* scanned, whole or in part */
uint64_t scan_binaries(const struct scan *s); /* left out */
/*
 * The books: a "write" of the summary is a file here, a record a line. Findings and verdict are the caller's to fill
 * in. To be called once, at the end; summary_release() it.
 */
void scan_books(struct scan *s, struct summary *ret);

#endif
