/* SPDX-License-Identifier: MIT */
#include "find/waiver.h"

#include "base/yaml_field.h"
#include "find/identity.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000ull

#define TEXT(field, is_required, name)                                                                                 \
	{ field, YAML_TEXT, .required = is_required, .offset = offsetof(struct waiver, name) }

static const struct yaml_field fields[] = {
    TEXT("finding", false, finding),      TEXT("rule", false, rule),
    TEXT("program", false, program),      TEXT("sink", false, sink),
    TEXT("template", false, template_id), TEXT("blind_spot", false, blind_spot),
    TEXT("owner", true, owner),           TEXT("reason", true, reason),
    TEXT("until", true, until),           {0},
};

void waivers_free(struct waivers *w) {
	if (!w)
		return;
	for (size_t i = 0; i < w->len; i++)
		yaml_fields_release(fields, &w->items[i]);
	free(w->items);
	free(w);
}

/* "2026-12-31T18:00:00+01:00", fractions left out. */
static int parse_time(const char *text, uint64_t *ret_ns) {
	struct tm tm = {0};
	unsigned hours, minutes;
	int len = 0;
	const char *zone = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!zone)
		return -EINVAL;
	long shift = 0;
	if (sscanf(zone, "%*1[+-]%2u:%2u%n", &hours, &minutes, &len) == 2 && len == 6 && hours < 24 && minutes < 60)
		shift = (*zone == '-' ? -1 : 1) * (long)(hours * 3600 + minutes * 60);
	else if (strcmp(zone, "Z") != 0)
		return -EINVAL;
	if (len && zone[len])
		return -EINVAL;
	time_t seconds = timegm(&tm) - shift;
	if (seconds < 0)
		return -EINVAL;
	*ret_ns = (uint64_t)seconds * NS_PER_S;
	return 0;
}

/* timegm() takes the 31st of February for the 3rd of March. */
static bool is_day(const char *text) {
	int year, month, day, len = 0;
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (strspn(text, "0123456789-") < 10 || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &len) != 3 ||
	    len != 10 || year < 1970 || month < 1 || month > 12)
		return false;
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;
	return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

int waiver_parse_until(const char *text, uint64_t *ret_ns) {
	struct tm tm = {0};
	if (!is_day(text))
		return -EINVAL;
	if (text[10])
		return parse_time(text, ret_ns);
	if (!strptime(text, "%Y-%m-%d", &tm))
		return -EINVAL;
	*ret_ns = (uint64_t)timegm(&tm) * NS_PER_S + WAIVER_DAY_NS;
	return 0;
}

enum waiver_state waiver_state(const struct waiver *w, uint64_t now_ns) {
	if (now_ns >= w->until_ns)
		return WAIVER_EXPIRED;
	return w->until_ns - now_ns <= WAIVER_SOON_NS ? WAIVER_ENDS_SOON : WAIVER_HOLDS;
}

static bool has(struct fy_node *entry, const char *name) {
	return yaml_member(entry, name);
}

static void check_subject(struct yaml *y, struct fy_node *entry, const struct waiver *w) {
	bool finding = has(entry, "finding"), spot = has(entry, "blind_spot"), rule = has(entry, "rule");
	bool place = has(entry, "program") || has(entry, "template");
	if (finding + spot + (rule || place) != 1)
		yaml_complain(y, entry, 0,
		              "what is waived? Name one: finding (its id); rule, program, sink and template; or blind_spot");
	else if (!finding && !spot && !(rule && has(entry, "program") && has(entry, "sink") && has(entry, "template")))
		yaml_complain(y, entry, 0,
		              "rule, program, sink and template belong together: with less, other leaks would pass too");
	else if (finding && has(entry, "sink"))
		yaml_complain(y, yaml_place(yaml_member(entry, "sink"), entry), 0,
		              "a finding's id says which sink: leave this out");
	if (w->finding &&
	    (strlen(w->finding) != FIND_ID_SIZE - 1 || strspn(w->finding, "0123456789abcdef") != FIND_ID_SIZE - 1))
		yaml_complain(y, yaml_member(entry, "finding"), 0, "a finding's id has %d digits 0-9a-f", FIND_ID_SIZE - 1);
}

static void check_until(struct yaml *y, struct fy_node *entry, struct waiver *w, uint64_t now_ns) {
	if (!w->until)
		return;
	if (waiver_parse_until(w->until, &w->until_ns))
		yaml_complain(y, yaml_member(entry, "until"), 0,
		              "until is a day, such as 2026-12-31 (to its end in UTC), or a time with its zone, such as "
		              "2026-12-31T18:00:00+01:00");
	else if (w->until_ns > now_ns && w->until_ns - now_ns > WAIVER_LONGEST_NS)
		yaml_complain(y, yaml_member(entry, "until"), 0, "a waiver holds for a year at most: renew it then");
}

static int read_entry(struct waivers *w, struct yaml *y, struct fy_node *entry, uint64_t now_ns) {
	struct waiver *items = reallocarray(w->items, w->len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	w->items = items;
	struct waiver *waiver = &items[w->len++];
	*waiver = (struct waiver){0};
	yaml_read(y, entry, entry, "a waiver", fields, waiver);
	if (fy_node_is_mapping(entry)) {
		check_subject(y, entry, waiver);
		check_until(y, entry, waiver, now_ns);
	}
	return 0;
}

/* The one member of the file's top mapping, a list, which may be empty. */
static int read_list(struct waivers *w, struct yaml *s, uint64_t now_ns) {
	struct fy_node *root = fy_document_root(s->document), *entry;
	struct fy_node_pair *pair = NULL;
	void *iter = NULL;
	if (fy_node_is_mapping(root) && fy_node_mapping_item_count(root) == 1)
		pair = fy_node_mapping_iterate(root, &iter);
	struct fy_node *key = pair ? fy_node_pair_key(pair) : NULL, *list = pair ? fy_node_pair_value(pair) : NULL;
	if (!yaml_is(key, "waivers") || !list || (!fy_node_is_sequence(list) && strcmp(yaml_kind(list), "nothing"))) {
		yaml_complain(s, yaml_place(key, root), 0, "a file of waivers has `waivers:`, a list, and nothing else");
		return 0;
	}
	int r = 0;
	iter = NULL;
	while (!r && fy_node_is_sequence(list) && (entry = fy_node_sequence_iterate(list, &iter)))
		r = read_entry(w, s, entry, now_ns);
	return r;
}

int waivers_load(struct waivers **ret, const char *file, uint64_t now_ns, struct diags *ret_diags) {
	_cleanup_(waivers_freep) struct waivers *w = calloc(1, sizeof(*w));
	_cleanup_(yaml_release) struct yaml s;
	size_t known = ret_diags->len;
	if (!w)
		return -ENOMEM;
	int r = yaml_open(&s, file, TRUST_BY_RIGHTS, ret_diags);
	if (!r)
		r = read_list(w, &s, now_ns);
	if (r)
		return r;
	if (ret_diags->oom)
		return -ENOMEM;
	if (ret_diags->len > known)
		return -EINVAL;
	*ret = take(w);
	return 0;
}

static bool is_of(const struct waiver *w, const struct finding *f) {
	if (w->finding)
		return !strcmp(w->finding, f->id);
	return w->rule && !strcmp(w->rule, f->rule->id) && !strcmp(w->sink, f->sink_name) &&
	       !strcmp(w->template_id, f->template_id) &&
	       !strcmp(w->program, identity_program(f->executable, f->process_name));
}

static bool is_of_blind_spot(const struct waiver *w, const char *kind, const char *name) {
	return w->blind_spot && !strcmp(w->blind_spot, kind) && (!w->sink || (name && !strcmp(w->sink, name)));
}

static void prefer(const struct waiver **best, const struct waiver *w) {
	if (!*best || w->until_ns > (*best)->until_ns)
		*best = w;
}

const struct waiver *waivers_find(const struct waivers *w, const struct finding *f) {
	const struct waiver *best = NULL;
	for (size_t i = 0; w && i < w->len; i++)
		if (is_of(&w->items[i], f))
			prefer(&best, &w->items[i]);
	return best;
}

const struct waiver *waivers_find_blind_spot(const struct waivers *w, const char *kind, const char *name) {
	const struct waiver *best = NULL;
	for (size_t i = 0; w && i < w->len; i++)
		if (is_of_blind_spot(&w->items[i], kind, name))
			prefer(&best, &w->items[i]);
	return best;
}

void finding_waive(struct finding *f, const struct waivers *w, uint64_t now_ns) {
	f->waiver = waivers_find(w, f);
	f->waived = f->waiver && waiver_state(f->waiver, now_ns) != WAIVER_EXPIRED;
}

void finding_end_waiver(struct finding *f, uint64_t now_ns) {
	if (f->waived && (!f->waiver || waiver_state(f->waiver, now_ns) == WAIVER_EXPIRED))
		f->waived = false;
}
