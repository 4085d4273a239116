/* SPDX-License-Identifier: MIT */
/*
 * An agent elsewhere, asked through its API once a second by a thread of its own, so that whoever shows it never waits
 * for it. One caller; what it gets is its own.
 */
#ifndef AGENT_REMOTE_H
#define AGENT_REMOTE_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "emit/finding_list.h"

struct remote;

struct remote_options {
	const char *url;        /* "http://127.0.0.1:10532", or "unix:/run/logspill/agent.sock" */
	const char *token_file; /* holds the bearer token; NULL: none */
	const char *ca_file;    /* instead of the system's; NULL: those */
};

/* Asks once, so that what is wrong is known at once. 0, or -errno with a diagnostic. */
int remote_open(struct remote **ret, const struct remote_options *o, struct diags *ret_diags);
void remote_close(struct remote *r);
DEFINE_CLEANUP(struct remote *, remote_close)
/* Readable when there is something new. */
int remote_fd(const struct remote *r);
/* From now on these findings are asked for; the text is copied. Something else than before is asked for at once. */
void remote_want(struct remote *r, const struct finding_query *query);
/* The newest snapshot, which the caller drops, and why there is no newer one (malloc'ed), or NULL. */
struct snapshot *remote_newest(struct remote *r, char **ret_trouble);

#endif
