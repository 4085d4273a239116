/* SPDX-License-Identifier: MIT */
/* A watch that is over, as reports tell it. One thread. */
#ifndef APP_WATCH_REPORT_H
#define APP_WATCH_REPORT_H

#include "app/pipeline.h"
#include "report/report.h"

#include <sys/utsname.h>

struct watch_report {
	struct report report; /* of what follows, and of the summary it was made from */
	struct report_item *items;
	struct report_watch watch;
	const char **gone;
	char **json; /* of the items; NULL: not asked for */
	char *json_summary, *subject, *command, *directory;
	struct utsname system;
	struct timeline timeline;
	struct snapshot *snapshot;
};

/* argv: the command line. pipeline and summary must outlive it. 0 or -errno. */
int watch_report_init(struct watch_report *ret, struct pipeline *p, const struct summary *s, char *const *argv,
                      bool json);
void watch_report_release(struct watch_report *r);

#endif
