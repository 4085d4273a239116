/* SPDX-License-Identifier: MIT */
/* What the agent's store remembers of a period, as reports tell it. One thread. */
#ifndef APP_STORE_REPORT_H
#define APP_STORE_REPORT_H

#include "app/baseline.h"
#include "emit/store.h"
#include "find/distinct.h"
#include "report/report.h"

#include <sys/utsname.h>

struct store_report_finding {
	struct finding_copy *copy;
	char *hosts; /* that have it */
};

struct store_report {
	struct report report; /* of what follows */
	struct summary summary;
	struct report_item *items;
	struct store_report_finding *findings;
	size_t findings_len, findings_cap;
	struct report_watch watch;
	struct timeline timeline;
	struct utsname system;
	const char **gone;
	struct distinct values; /* of all findings */
	bool several, values_known;
	char **json, *json_summary, *subject, *hosts;
	const char *host;              /* whose store is read */
	char key_id[FIND_KEY_ID_SIZE]; /* of the values */
};

struct store_report_request {
	uint64_t from_ns, to_ns; /* wall clock */
	enum rule_severity fail_on;
	struct baseline *baseline; /* NULL: none */
	const char *command;       /* that asked for it */
	bool json;
};

/* Of the stores of one host or several. 0 or -errno; -EKEYREJECTED: several, whose values were counted under different
 * keys, so that those that both know would count twice. The request's strings and baseline must outlive it. Counts of
 * findings are of all time. */
int store_report_init(struct store_report *ret, struct store *const *stores, size_t stores_len,
                      const struct store_report_request *q);
void store_report_release(struct store_report *r);

#endif
