/* SPDX-License-Identifier: MIT */
#include "find/find.h"

#include "base/cleanup.h"
#include "find/distinct.h"
#include "find/identity.h"
#include "find/key.h"
#include "find/origins.h"
#include "find/template.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <xxhash.h>

#define SLOTS_MIN 64
#define VALUE_BYTES_MAX 512

struct entry {
	struct finding finding; /* first: what callers hold */
	struct distinct distinct;
	const char *word; /* of the rule */
	int16_t words[TEMPLATE_WORDS_MAX];
	size_t words_len;
	uint64_t records[FIND_STATEMENT_RECORDS]; /* hashes of different ones */
	size_t records_len;
	uint64_t hash;
};

/* What is counted together: findings of a rule by one program at one sink, and all of a program. */
struct family {
	uint64_t hash; /* 0: an empty place */
	uint32_t findings;
};

struct findings {
	const struct find_key *key;
	struct entry **entries;
	size_t len, cap;
	uint32_t *slots;         /* open addressing: index + 1 of an entry, 0 is empty */
	struct family *families; /* open addressing: twice as many places as slots */
	size_t slots_cap;
	uint64_t seed;                 /* sink names come from the watched: they shall not choose where they collide */
	struct template_prefix prefix; /* of the record of the last match */
	uint64_t record_hash;          /* of it; 0: not asked for yet */
	struct distinct distinct;
	uint64_t matches, unplaced;
	size_t origins;
};

/* What findings are told apart by. */
struct place {
	const struct rule *rule;
	const char *word, *program, *sink;
	int16_t words[TEMPLATE_WORDS_MAX];
	size_t words_len;
	uint64_t program_hash, family_hash, hash;
};

DEFINE_CLEANUP(struct findings *, findings_free)

static void entry_free(struct entry *e) {
	distinct_release(&e->distinct);
	origins_release(&e->finding);
	finding_writer_free(e->finding.writer);
	free(e->finding.sink_kind);
	free(e->finding.sink_name);
	free(e->finding.sink_host_path);
	free(e->finding.process_name);
	free(e->finding.executable);
	free(e);
}

DEFINE_CLEANUP(struct entry *, entry_free)

int findings_new(struct findings **ret, const struct find_key *key) {
	_cleanup_(findings_freep) struct findings *f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->slots = calloc(SLOTS_MIN, sizeof(*f->slots));
	f->families = calloc(2 * SLOTS_MIN, sizeof(*f->families));
	if (!f->slots || !f->families)
		return -ENOMEM;
	f->slots_cap = SLOTS_MIN;
	f->key = key;
	randombytes_buf(&f->seed, sizeof(f->seed));
	*ret = take(f);
	return 0;
}

void findings_free(struct findings *f) {
	if (!f)
		return;
	for (size_t i = 0; i < f->len; i++)
		entry_free(f->entries[i]);
	distinct_release(&f->distinct);
	free(f->entries);
	free(f->families);
	free(f->slots);
	free(f);
}

static void hash_place(const struct findings *f, struct place *p) {
	const void *const pointers[] = {p->rule, p->word};
	p->program_hash = XXH3_64bits_withSeed(p->program, strlen(p->program), f->seed) | 1;
	uint64_t hash = XXH3_64bits_withSeed(pointers, sizeof(pointers), f->seed);
	hash = XXH3_64bits_withSeed(p->program, strlen(p->program), hash);
	hash = XXH3_64bits_withSeed(p->sink, strlen(p->sink), hash);
	p->family_hash = hash & ~1ull ? hash & ~1ull : 2;
	p->hash = XXH3_64bits_withSeed(p->words, p->words_len * sizeof(*p->words), hash);
}

static struct place place_of(const struct findings *f, const struct find_match *m, const struct template *t) {
	struct place p = {
	    .rule = m->rule,
	    .word = identity_word(m->rule, m->text + m->key_start, m->key_end - m->key_start),
	    .program = identity_program(m->executable, m->process_name),
	    .sink = m->sink_name,
	};
	p.words_len = template_words(t, p.words);
	hash_place(f, &p);
	return p;
}

static bool is_at(const struct entry *e, const struct place *p) {
	const struct finding *f = &e->finding;
	return e->hash == p->hash && f->rule == p->rule && e->word == p->word && e->words_len == p->words_len &&
	       !memcmp(e->words, p->words, p->words_len * sizeof(*p->words)) && !strcmp(f->sink_name, p->sink) &&
	       !strcmp(identity_program(f->executable, f->process_name), p->program);
}

static uint32_t *find_slot(const struct findings *f, const struct place *p) {
	size_t i = p->hash & (f->slots_cap - 1);
	while (f->slots[i] && !is_at(f->entries[f->slots[i] - 1], p))
		i = (i + 1) & (f->slots_cap - 1);
	return &f->slots[i];
}

static struct family *find_family(struct family *families, size_t slots_cap, uint64_t hash) {
	size_t mask = 2 * slots_cap - 1, i = hash & mask;
	while (families[i].hash && families[i].hash != hash)
		i = (i + 1) & mask;
	return &families[i];
}

static uint32_t count_of(const struct findings *f, uint64_t family_hash) {
	return find_family(f->families, f->slots_cap, family_hash)->findings;
}

static void count_in(struct findings *f, uint64_t family_hash) {
	struct family *family = find_family(f->families, f->slots_cap, family_hash);
	family->hash = family_hash;
	family->findings++;
}

/* Room for one more in all tables. */
static int reserve(struct findings *f) {
	if (f->len == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : SLOTS_MIN / 2;
		struct entry **entries = reallocarray(f->entries, cap, sizeof(struct entry *));
		if (!entries)
			return -ENOMEM;
		f->entries = entries;
		f->cap = cap;
	}
	if (f->len < f->slots_cap / 2)
		return 0;
	size_t cap = f->slots_cap * 2;
	_cleanup_free_ uint32_t *slots = calloc(cap, sizeof(*slots));
	_cleanup_free_ struct family *families = calloc(2 * cap, sizeof(*families));
	if (!slots || !families)
		return -ENOMEM;
	for (size_t e = 0; e < f->len; e++) {
		size_t i = f->entries[e]->hash & (cap - 1);
		while (slots[i])
			i = (i + 1) & (cap - 1);
		slots[i] = (uint32_t)(e + 1);
	}
	for (size_t i = 0; i < 2 * f->slots_cap; i++)
		if (f->families[i].hash)
			*find_family(families, cap, f->families[i].hash) = f->families[i];
	free(f->slots);
	free(f->families);
	f->slots = take(slots);
	f->families = take(families);
	f->slots_cap = cap;
	return 0;
}

static int copy_strings(struct finding *f, const struct find_match *m) {
	f->sink_kind = strdup(m->sink_kind);
	f->sink_name = strdup(m->sink_name);
	f->sink_host_path = m->sink_host_path ? strdup(m->sink_host_path) : NULL;
	f->process_name = strdup(m->process_name);
	f->executable = strdup(m->executable);
	bool host = !m->sink_host_path || f->sink_host_path;
	return f->sink_kind && f->sink_name && host && f->process_name && f->executable ? 0 : -ENOMEM;
}

static int entry_new(struct entry **ret, const struct place *p, const struct find_match *m) {
	_cleanup_(entry_freep) struct entry *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	struct finding *f = &e->finding;
	e->hash = p->hash;
	e->word = p->word;
	e->words_len = p->words_len;
	memcpy(e->words, p->words, sizeof(e->words));
	f->rule = m->rule;
	f->values = &e->distinct;
	f->target = m->target;
	f->pid = m->pid;
	f->first_seen_ns = f->last_seen_ns = m->wall_ns;
	int r = copy_strings(f, m);
	if (r)
		return r;
	identity_template(f->template_id, m->rule, p->word, p->words, p->words_len);
	identity_finding(f->id, m->rule, p->program, p->sink, f->template_id);
	find_mask(f->masked, &m->rule->mask, m->text + m->start, m->end - m->start);
	*ret = take(e);
	return 0;
}

static int count_value(struct findings *f, struct entry *e, const struct find_match *m) {
	char normal[VALUE_BYTES_MAX];
	size_t len = m->end - m->start;
	const char *value = identity_value(normal, sizeof(normal), m->rule, m->text + m->start, &len);
	uint64_t hash = find_key_hash(f->key, value, len);
	if (!e->finding.count) {
		find_key_fingerprint(f->key, value, len, e->finding.fingerprint);
		find_key_id(f->key, e->finding.key_id);
	}
	if (value == normal)
		explicit_bzero(normal, len);
	int r = distinct_add(&f->distinct, hash);
	return r ? r : distinct_add(&e->distinct, hash);
}

static int count_match(struct findings *f, struct entry *e, const struct find_match *m) {
	int r = count_value(f, e, m);
	if (r)
		return r;
	struct finding *finding = &e->finding;
	finding->count++;
	finding->distinct = e->distinct.count < finding->count ? e->distinct.count : finding->count;
	finding->distinct_error = e->distinct.sketch ? FIND_DISTINCT_ERROR : 0;
	finding->confidence = m->confidence > finding->confidence ? m->confidence : finding->confidence;
	finding->first_seen_ns = m->wall_ns < finding->first_seen_ns ? m->wall_ns : finding->first_seen_ns;
	finding->last_seen_ns = m->wall_ns > finding->last_seen_ns ? m->wall_ns : finding->last_seen_ns;
	return 0;
}

/* Words that recur in so many different records of a sink are the statement's own, and may be told. */
static void learn_statement(struct findings *f, struct entry *e, const struct find_match *m, const struct template *t) {
	if (e->records_len == FIND_STATEMENT_RECORDS || !e->words_len)
		return;
	if (!f->record_hash)
		f->record_hash = XXH3_64bits_withSeed(m->text, m->text_len, f->seed);
	for (size_t i = 0; i < e->records_len; i++)
		if (e->records[i] == f->record_hash)
			return;
	e->records[e->records_len++] = f->record_hash;
	if (e->records_len == FIND_STATEMENT_RECORDS)
		template_text(e->finding.statement, t, m->rule->entity ? m->rule->entity : "value");
}

static int add_entry(struct findings *f, const struct place *p, const struct find_match *m, struct entry **ret) {
	_cleanup_(entry_freep) struct entry *e = NULL;
	int r = reserve(f);
	if (!r)
		r = entry_new(&e, p, m);
	if (!r)
		r = count_match(f, e, m);
	if (r)
		return r;
	count_in(f, p->family_hash);
	count_in(f, p->program_hash);
	e->finding.index = f->len;
	*find_slot(f, p) = (uint32_t)(f->len + 1);
	*ret = f->entries[f->len++] = take(e);
	return 1;
}

/* Or one that logs what it likes would leave no room for the names of others. */
static bool has_its_share(const struct findings *f, const struct place *p) {
	size_t own = count_of(f, p->program_hash);
	return own >= FIND_SHARE(FIND_FINDINGS_MAX - (f->len - own));
}

/* Where matches go for which there is no finding yet, while there is room for one more. */
static void widen_place(const struct findings *f, struct place *p, struct find_match *m) {
	bool full = f->len >= FIND_FINDINGS_MAX;
	if (full || has_its_share(f, p)) {
		p->word = NULL;
		p->sink = m->sink_name = m->sink_kind = FIND_OTHERS;
		m->sink_host_path = NULL;
	} else if (count_of(f, p->family_hash) < FIND_TEMPLATES_MAX) {
		return;
	}
	if (full)
		p->program = m->executable = m->process_name = FIND_OTHERS;
	p->words_len = 0;
	hash_place(f, p);
}

static struct entry *find_entry(const struct findings *f, const struct place *p) {
	uint32_t slot = *find_slot(f, p);
	return slot ? f->entries[slot - 1] : NULL;
}

int findings_add(struct findings *f, const struct find_match *match, struct finding **ret) {
	struct find_match m = *match;
	struct template t;
	if (!m.same_record) {
		f->prefix = (struct template_prefix){0};
		f->record_hash = 0;
	}
	template_read(&t, &f->prefix, m.text, m.text_len, m.start, m.end);
	struct place place = place_of(f, &m, &t);
	struct entry *e = find_entry(f, &place);
	if (!e) {
		widen_place(f, &place, &m);
		e = find_entry(f, &place);
	}
	int r = e ? count_match(f, e, &m) : add_entry(f, &place, &m, &e);
	f->matches++;
	if (r < 0) {
		f->unplaced++;
		return r;
	}
	learn_statement(f, e, &m, &t);
	if (ret)
		*ret = &e->finding;
	return r;
}

int findings_add_origin(struct findings *f, size_t index, const struct origin *origin) {
	int r = f->origins < FIND_ORIGINS_MAX ? origins_add(&f->entries[index]->finding, origin) : -ENOMEM;
	f->origins += r == 0;
	return r < 0 ? r : 0;
}

void findings_name_frames(struct findings *f, size_t index, struct perf_map *map) {
	origins_name_frames(&f->entries[index]->finding, map);
}

size_t findings_len(const struct findings *f) {
	return f->len;
}

struct finding *findings_at(const struct findings *f, size_t i) {
	return &f->entries[i]->finding;
}

uint64_t findings_matches(const struct findings *f) {
	return f->matches;
}

uint64_t findings_distinct(const struct findings *f) {
	return f->distinct.count < f->matches ? f->distinct.count : f->matches;
}

uint64_t findings_unplaced(const struct findings *f) {
	return f->unplaced;
}

const char *finding_aside_text(enum finding_aside aside) {
	static const char *const texts[] = {"", "known: in the baseline", "below --fail-on"};
	return texts[aside];
}
