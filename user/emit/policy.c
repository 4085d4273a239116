/* SPDX-License-Identifier: MIT */
#include "emit/policy.h"

#include "emit/format.h"

#include <errno.h>
#include <string.h>

#define REPEAT_NS (5 * 60 * 1000000000ull)
#define QUIET_NS (30 * 60 * 1000000000ull)
#define UPDATES_PER_MINUTE 60
#define SLOTS_MIN 256

/* Of one finding id. */
struct known {
	char id[FIND_ID_SIZE];      /* "": an empty place */
	bool open;                  /* told, and not resolved */
	bool here;                  /* in the snapshot at hand, or one before of this run */
	uint64_t count, told_count; /* of the last snapshot; of the last event */
	uint64_t moved_ns, told_ns;
	struct finding_copy *finding; /* as last seen, held while it is open */
};

struct policy {
	struct policy_options options;
	struct known *slots; /* open addressing */
	size_t cap, len;
	double credit; /* updates that may go out now */
	uint64_t credit_ns;
	struct policy_counters counters;
};

void policy_set(struct policy *p, const struct policy_options *o) {
	p->options = *o;
	if (!p->options.repeat_ns)
		p->options.repeat_ns = REPEAT_NS;
	if (!p->options.quiet_ns)
		p->options.quiet_ns = QUIET_NS;
	if (!p->options.updates_per_minute)
		p->options.updates_per_minute = UPDATES_PER_MINUTE;
}

uint64_t policy_quiet_ns(const struct policy *p) {
	return p->options.quiet_ns;
}

int policy_new(struct policy **ret, const struct policy_options *o) {
	_cleanup_(policy_freep) struct policy *p = calloc(1, sizeof(*p));
	if (!p || !(p->slots = calloc(SLOTS_MIN, sizeof(*p->slots))))
		return -ENOMEM;
	p->cap = SLOTS_MIN;
	policy_set(p, o);
	p->credit = p->options.updates_per_minute;
	*ret = take(p);
	return 0;
}

void policy_free(struct policy *p) {
	if (!p)
		return;
	for (size_t i = 0; i < p->cap && p->slots; i++)
		finding_copy_drop(p->slots[i].finding);
	free(p->slots);
	free(p);
}

/* An id is a hash, in hex. */
static size_t slot_of(const char *id, size_t cap) {
	uint64_t hash = 0;
	for (int i = 0; i < 16 && id[i]; i++)
		hash = hash << 4 | ((uint64_t)id[i] & 0xf) | ((uint64_t)id[i] >> 6 & 1);
	return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ull >> 20 & (cap - 1);
}

static struct known *find(struct known *slots, size_t cap, const char *id) {
	size_t i = slot_of(id, cap);
	while (*slots[i].id && strcmp(slots[i].id, id))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static size_t count_open(const struct policy *p) {
	size_t n = 0;
	for (size_t i = 0; i < p->cap; i++)
		n += p->slots[i].open;
	return n;
}

/* Into a table of its own; those that are over and will not be missed stay behind when there are too many. */
static int make_room(struct policy *p) {
	if (p->len < p->cap / 2)
		return 0;
	bool forgets = p->len >= POLICY_FINDINGS_MAX;
	size_t stay = forgets ? count_open(p) : p->len, len = 0;
	size_t cap = stay < p->cap / 4 ? p->cap : 2 * p->cap;
	struct known *slots = calloc(cap, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < p->cap; i++) {
		const struct known *k = &p->slots[i];
		if (!*k->id || (forgets && !k->open))
			continue;
		*find(slots, cap, k->id) = *k;
		len++;
	}
	free(p->slots);
	p->slots = slots;
	p->cap = cap;
	p->len = len;
	return 0;
}

static int know(struct policy *p, const char *id, struct known **ret) {
	struct known *k = find(p->slots, p->cap, id);
	if (!*k->id) {
		int r = make_room(p);
		if (r)
			return r;
		k = find(p->slots, p->cap, id);
		memcpy(k->id, id, sizeof(k->id));
		p->len++;
	}
	*ret = k;
	return 0;
}

static void hold(struct known *k, struct finding_copy *finding) {
	if (k->finding == finding)
		return;
	finding_copy_drop(k->finding);
	k->finding = finding ? finding_copy_hold(finding) : NULL;
}

static int tell(struct policy *p, struct known *k, enum output_kind kind, uint64_t now_ns, policy_fn fn, void *arg) {
	int r = fn(arg, kind, k->finding);
	if (r)
		return r;
	p->counters.told[kind]++;
	k->open = kind != OUTPUT_RESOLVED;
	k->told_ns = now_ns;
	k->told_count = k->count;
	if (!k->open)
		hold(k, NULL);
	return 0;
}

static void earn(struct policy *p, uint64_t now_ns) {
	double most = p->options.updates_per_minute;
	double earned = p->credit_ns ? (double)(now_ns - p->credit_ns) / 60e9 * most : most;
	p->credit = p->credit + earned < most ? p->credit + earned : most;
	p->credit_ns = now_ns;
}

/* One finding of the snapshot. A count that has become less is of another watch: all of it is more. */
static int look_at(struct policy *p, struct finding_copy *finding, uint64_t now_ns, policy_fn fn, void *arg) {
	const struct finding *f = &finding->finding;
	struct known *k;
	int r = know(p, f->id, &k);
	if (r)
		return r;
	bool moved = !k->here || k->count != f->count;
	if (!moved && !k->open && k->count == k->told_count)
		return 0;
	if (f->count < k->told_count)
		k->told_count = 0;
	k->count = f->count;
	k->here = true;
	hold(k, finding);
	k->moved_ns = moved ? now_ns : k->moved_ns;
	if (!k->open)
		return tell(p, k, OUTPUT_NEW, now_ns, fn, arg);
	if (now_ns - k->moved_ns >= p->options.quiet_ns)
		return tell(p, k, OUTPUT_RESOLVED, now_ns, fn, arg);
	if (k->count == k->told_count)
		return 0;
	if (now_ns - k->told_ns < p->options.repeat_ns || p->credit < 1) {
		p->counters.held_back++;
		return 0;
	}
	p->credit -= 1;
	return tell(p, k, OUTPUT_UPDATE, now_ns, fn, arg);
}

/* Those of an earlier run, which are in no snapshot. */
static int resolve_absent(struct policy *p, uint64_t now_ns, policy_fn fn, void *arg) {
	int r = 0;
	for (size_t i = 0; i < p->cap; i++) {
		struct known *k = &p->slots[i];
		if (k->open && !k->here && now_ns - k->moved_ns >= p->options.quiet_ns)
			r = tell(p, k, OUTPUT_RESOLVED, now_ns, fn, arg) ?: r;
	}
	return r;
}

int policy_step(struct policy *p, const struct snapshot *s, uint64_t now_ns, policy_fn fn, void *arg) {
	int first = 0;
	earn(p, now_ns);
	for (size_t i = 0; i < s->findings_len; i++) {
		int r = look_at(p, s->findings[i], now_ns, fn, arg);
		first = first ? first : r;
	}
	int r = resolve_absent(p, now_ns, fn, arg);
	return first ? first : r;
}

int policy_restore(struct policy *p, struct finding_copy *finding, uint64_t age_ns, uint64_t now_ns) {
	struct known *k;
	int r = know(p, finding->finding.id, &k);
	if (r)
		return r;
	hold(k, finding);
	k->open = true;
	k->moved_ns = k->told_ns = now_ns > age_ns ? now_ns - age_ns : 0;
	return 0;
}

void policy_counters(const struct policy *p, struct policy_counters *ret) {
	*ret = p->counters;
	ret->open = count_open(p);
}

char *policy_json(const struct finding *f, enum output_kind kind, const char *host_name) {
	const struct emit_context context = {.host_name = host_name, .action = output_kind_name(kind)};
	char *line = emit_jsonl.finding(f, &context);
	if (line)
		line[strcspn(line, "\n")] = 0;
	return line;
}
