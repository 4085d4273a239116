/* SPDX-License-Identifier: MIT */
/*
 * Plants values and looks for them: is the detector the leak?
 *
 *   leak plant COUNT LINES VALUES    log lines with that many made-up values of all rules, opt-in ones too, into LINES,
 * the values alone, one a line, into VALUES; run from the root. Values that stand elsewhere by chance, or cannot be
 * made up, are followed by what was made up behind them, up to the end of their lines. Exit status 1: none of some
 * entity leak hunt VALUES PLACE...        files, folders, and `pid:N` for the memory of a process, but for the rings
 * that the kernel writes to. Exit status 1: one of them is there
 */
#include "needles.h"

#include "base/file.h"
#include "detect/detect.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#define VALUE_MIN 9 /* characters without separators: a shorter number stands anywhere by chance */
#define TRIES 300
#define TAIL_LEN 12
#define CHUNK (4 << 20)
#define OVERLAP 4096
#define SAID_MAX 40

static uint64_t random_state = 0x2545f4914f6cdd1dull;

static uint32_t below(uint32_t n) {
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % n;
}

struct plant {
	struct detector *detector;
	const struct rule *rule;
	const struct rule_example *example;
	char text[2048];
	size_t len;
	size_t found; /* spans of the example that were found as such */
};

static void note(void *arg, const struct detect_match *m) {
	struct plant *p = arg;
	for (size_t i = 0; i < p->example->spans_len; i++)
		p->found += m->rule == p->rule && m->class == CHECK_REAL && m->start == p->example->spans[i].start &&
		            m->end == p->example->spans[i].end;
}

/* Other letters and digits here and there, of the same kinds. */
static void change(struct plant *p, uint32_t one_in) {
	for (size_t i = 0; i < p->example->spans_len; i++) {
		for (size_t k = p->example->spans[i].start; k < p->example->spans[i].end; k++) {
			char *c = &p->text[k];
			if ((unsigned char)*c >= 0x80 || below(one_in))
				continue;
			*c = isdigit((unsigned char)*c)   ? (char)('0' + below(10))
			     : islower((unsigned char)*c) ? (char)('a' + below(26))
			     : isupper((unsigned char)*c) ? (char)('A' + below(26))
			                                  : *c;
		}
	}
}

static size_t significant(const char *s, size_t len) {
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += !strchr(" -./():", s[i]);
	return n;
}

static bool is_usable(const struct plant *p, const struct rule_example *e) {
	return e->spans_len && !e->class_name && strlen(e->text) + TAIL_LEN < sizeof(p->text) && !strchr(e->text, '\n');
}

static bool all_are_found(struct plant *p) {
	const struct detect_text whole = {0, (uint32_t)p->len};
	p->found = 0;
	return !detector_scan(p->detector, p->text, p->len, &whole, 1, note, p) && p->found == p->example->spans_len;
}

/* The example with other values, all of which are found. */
static bool make(struct plant *p, const struct rule_example *e) {
	p->example = e;
	p->len = strlen(e->text);
	for (size_t i = 0; i < e->spans_len; i++)
		if (significant(e->text + e->spans[i].start, e->spans[i].end - e->spans[i].start) < VALUE_MIN)
			return false;
	for (int i = 0; i < TRIES; i++) {
		memcpy(p->text, e->text, p->len + 1);
		change(p, 2u << (i % 4));
		bool same = false;
		for (size_t k = 0; k < e->spans_len; k++)
			same |=
			    !memcmp(p->text + e->spans[k].start, e->text + e->spans[k].start, e->spans[k].end - e->spans[k].start);
		if (!same && all_are_found(p))
			return true;
	}
	return false;
}

/* With other values if that can be, and with what stands nowhere else behind them. */
static bool make_with_tail(struct plant *p, const struct rule_example *e) {
	p->example = e;
	p->len = strlen(e->text) + TAIL_LEN;
	for (int i = 0; i < TRIES; i++) {
		strcpy(p->text, e->text);
		if (i < TRIES / 2)
			change(p, 2u << (i % 4));
		char *tail = p->text + strlen(e->text);
		*tail = ' ';
		for (size_t k = 1; k < TAIL_LEN; k++)
			tail[k] = (char)('a' + below(26));
		tail[TAIL_LEN] = 0;
		if (all_are_found(p))
			return true;
	}
	return false;
}

static size_t plant_rule(struct plant *p, const struct rule *rule, FILE *lines, FILE *values) {
	size_t planted = 0;
	p->rule = rule;
	for (size_t i = 0; i < rule->examples_len; i++) {
		const struct rule_example *e = &rule->examples[i];
		if (!is_usable(p, e) || !make(p, e))
			continue;
		fprintf(lines, "%s\n", p->text);
		for (size_t k = 0; k < e->spans_len; k++, planted++)
			fprintf(values, "%.*s\n", (int)(e->spans[k].end - e->spans[k].start), p->text + e->spans[k].start);
	}
	for (size_t i = 0; i < rule->examples_len && !planted; i++) {
		const struct rule_example *e = &rule->examples[i];
		if (!is_usable(p, e) || !make_with_tail(p, e))
			continue;
		fprintf(lines, "%s\n", p->text);
		fprintf(values, "%s\n", p->text + e->spans[0].start);
		planted++;
	}
	return planted;
}

/* Entities of which there is none. */
static size_t count_missing(const struct rules *rules, const bool *able) {
	size_t missing = 0;
	for (size_t i = 0; i < rules->len; i++) {
		const char *entity = rules->items[i].entity;
		bool first = true, there = false;
		for (size_t k = 0; k < rules->len; k++) {
			bool same = !strcmp(rules->items[k].entity, entity);
			first &= !same || k >= i;
			there |= same && able[k];
		}
		missing += first && !there;
		if (first && !there)
			fprintf(stderr, "no value of %s could be made\n", entity);
	}
	return missing;
}

static int make_detector(struct detector **ret, struct detect_set **ret_set, struct rules **ret_rules) {
	static const char *const dirs[] = {"rules"};
	struct diags diags = {0};
	const char **ids = NULL;
	int r = rules_load(ret_rules, dirs, 1, &diags);
	if (!r && !(ids = calloc((*ret_rules)->len, sizeof(*ids))))
		r = -ENOMEM;
	for (size_t i = 0; !r && i < (*ret_rules)->len; i++)
		ids[i] = (*ret_rules)->items[i].id;
	if (!r)
		r = detect_set_new(ret_set, *ret_rules, &(struct detect_options){.only = ids, .only_len = (*ret_rules)->len},
		                   &diags);
	if (!r)
		r = detector_new(ret, *ret_set);
	diags_print(&diags, stderr);
	free(ids);
	return r;
}

static int plant(size_t count, const char *lines_path, const char *values_path) {
	struct plant p = {0};
	struct rules *rules;
	struct detect_set *set;
	FILE *lines = fopen(lines_path, "w"), *values = fopen(values_path, "w");
	size_t planted = 0, able = 0, missing = 0, rounds = 0;
	bool *is_able = NULL;
	if (!lines || !values || make_detector(&p.detector, &set, &rules) ||
	    !(is_able = calloc(rules->len, sizeof(*is_able))))
		return 2;
	for (; planted < count && (rounds == 0 || able); rounds++)
		for (size_t i = 0; i < rules->len && (planted < count || !rounds); i++) {
			size_t n = plant_rule(&p, &rules->items[i], lines, values);
			planted += n;
			able += n && !rounds;
			is_able[i] |= n > 0;
		}
	missing = count_missing(rules, is_able);
	free(is_able);
	printf("%zu values of %zu rules, of %zu\n", planted, able, rules->len);
	detector_free(p.detector);
	detect_set_free(set);
	rules_free(rules);
	return fclose(lines) || fclose(values) ? 2 : missing > 0;
}

static struct needles needles;
static uint64_t bytes_hunted;
static size_t hits;

/* Never the value itself. */
static void hunt_bytes(const char *where, const char *what, uint64_t from, const char *p, size_t len) {
	const struct needle *n;
	for (size_t at = 0; (n = needles_find(&needles, p, len, &at)); hits++)
		if (hits < SAID_MAX)
			printf("%s: value %zu, %s, at %#lx%s%s\n", where, n->value + 1, n->form, (unsigned long)(from + at - 1),
			       *what ? " of " : "", what);
	bytes_hunted += len;
}

/* In pieces that overlap by more than the longest needle. */
static void hunt_range(const char *where, const char *what, int fd, uint64_t from, uint64_t to) {
	static char chunk[CHUNK];
	while (from < to) {
		size_t want = to - from < CHUNK ? to - from : CHUNK;
		ssize_t n = pread(fd, chunk, want, (off_t)from);
		if (n <= 0)
			return;
		hunt_bytes(where, what, from, chunk, (size_t)n);
		from += (size_t)n > OVERLAP && from + (size_t)n < to ? (size_t)n - OVERLAP : (size_t)n;
	}
}

static int hunt_file(const char *path, const struct stat *st, int type, struct FTW *at) {
	(void)at;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	hunt_bytes(path, "its name", 0, path, strlen(path));
	if (fd >= 0) {
		hunt_range(path, "", fd, 0, UINT64_MAX);
		close(fd);
	}
	return 0;
}

static bool hunt_memory(const char *pid) {
	char path[64], line[512], where[64];
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	FILE *maps = fopen(path, "r");
	if (fd < 0 || !maps)
		return false;
	snprintf(where, sizeof(where), "memory of %s", pid);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char mode[8];
		int name = 0;
		line[strcspn(line, "\n")] = 0;
		/* The ring: what was captured stays there until it is overwritten. */
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &from, &to, mode, &name) < 3 || strstr(line, "bpf-map") ||
		    strstr(line, "bpf_ring") || strstr(line, "[vvar") || strstr(line, "[vsyscall") || mode[0] != 'r')
			continue;
		hunt_range(where, name ? line + name : "", fd, from, to);
	}
	fclose(maps);
	close(fd);
	return true;
}

static int hunt(const char *values_path, char **places, int len) {
	struct buf values = {0};
	char *rest, *value;
	if (file_read(values_path, 64 << 20, &values) || buf_append(&values, "", 1))
		return 2;
	needles_init(&needles);
	for (value = strtok_r(values.data, "\n", &rest); value; value = strtok_r(NULL, "\n", &rest))
		needles_add(&needles, value);
	for (int i = 0; i < len; i++) {
		bool there =
		    strncmp(places[i], "pid:", 4) ? !nftw(places[i], hunt_file, 32, FTW_PHYS) : hunt_memory(places[i] + 4);
		if (!there) {
			printf("%s cannot be read\n", places[i]);
			return 2;
		}
	}
	printf("%zu values in %zu forms: %zu found in %.1f MiB\n", needles.values, needles.len, hits,
	       (double)bytes_hunted / (1 << 20));
	return hits > 0;
}

int main(int argc, char **argv) {
	if (argc == 5 && !strcmp(argv[1], "plant"))
		return plant(strtoul(argv[2], NULL, 10), argv[3], argv[4]);
	if (argc > 3 && !strcmp(argv[1], "hunt"))
		return hunt(argv[2], argv + 3, argc - 3);
	fprintf(stderr, "usage: leak plant COUNT LINES VALUES | leak hunt VALUES PLACE...\n");
	return 2;
}
