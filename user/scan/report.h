/* SPDX-License-Identifier: MIT */
/* A scan that is over, judged: which findings count, the verdict, and how it is told. One thread. */
#ifndef SCAN_REPORT_H
#define SCAN_REPORT_H

#include "app/baseline.h"
#include "find/waiver.h"
#include "report/report.h"
#include "scan/scan.h"

struct scan_policy {
	enum rule_severity fail_on;    /* less severe findings do not count */
	struct baseline *baseline;     /* findings in it do not count; NULL: none */
	const struct waivers *waivers; /* nor do findings that one of these fits and holds; NULL: none */
};

struct scan_report {
	struct summary summary; /* its findings, matches and distinct values are those that count or are waived */
	struct report_item *items;
	struct report report; /* of the two above */
	char *directory;
	const char **gone;
	char **json, *json_summary; /* of the items; NULL: not asked for */
};

/* Takes the scan's books: once. The scan must outlive it. 0 or -ENOMEM, the verdict being right even then. */
int scan_report_init(struct scan_report *ret, struct scan *s, const struct scan_policy *policy);
/* For formats that want it. 0 or -ENOMEM. */
int scan_report_add_json(struct scan_report *r);
void scan_report_release(struct scan_report *r);
/* finding/v1 of an item, with the line of its first match and whether it counts; malloc'ed, NULL without memory. */
char *scan_report_json_item(const struct report_item *item);

#endif
