/* SPDX-License-Identifier: MIT */
#include "agent/state.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <xxhash.h>

#define RULES_BYTES_MAX (16 << 20)

void agent_source_release(struct agent_source *s) {
	free(s->path);
	free(s->hash);
	free(s->last_error);
	*s = (struct agent_source){0};
}

void agent_source_loaded(struct agent_source *s, const char *path, const char *hash) {
	struct agent_source loaded = {strdup(path), strdup(hash), NULL, clock_realtime_ns(), s->loads + 1, s->failures};
	agent_source_release(s);
	*s = loaded;
}

void agent_source_failed(struct agent_source *s, const struct diags *diags, const char *why) {
	const struct diag *d = diags->len ? &diags->items[0] : NULL;
	free(s->last_error);
	s->failures++;
	if (!d)
		s->last_error = strdup(why);
	else if (asprintf(&s->last_error, "%s:%d:%d: %s", d->file ? d->file : "", d->line, d->col, d->text) < 0)
		s->last_error = NULL;
}

int agent_source_fill(const struct agent_source *s, struct snapshot_source *ret) {
	ret->loaded_ns = s->loaded_ns;
	ret->loads = s->loads;
	ret->failures = s->failures;
	int r = text_copy(&ret->path, s->path);
	if (!r)
		r = text_copy(&ret->hash, s->hash);
	return r ? r : text_copy(&ret->last_error, s->last_error);
}

static void hash_text(XXH3_state_t *hash, const char *text) {
	XXH3_128bits_update(hash, text, strlen(text) + 1);
}

static void hash_file(XXH3_state_t *hash, const char *path) {
	_cleanup_(buf_release) struct buf text = {0};
	hash_text(hash, path);
	if (!file_read(path, RULES_BYTES_MAX, &text))
		XXH3_128bits_update(hash, text.data, text.len);
}

void agent_rules_hash(const struct rules *rules, const struct rule_options *options, char ret[CONFIG_HASH_SIZE]) {
	const struct strings *const lists[] = {&options->only, &options->except, &options->watchlists};
	XXH3_state_t *hash = XXH3_createState();
	*ret = 0;
	if (!hash)
		return;
	XXH3_128bits_reset(hash);
	for (size_t i = 0; i < rules->files.len; i++)
		hash_file(hash, rules->files.items[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t j = 0; j < lists[i]->len; j++)
			(i == 2 ? hash_file : hash_text)(hash, lists[i]->items[j]);
	XXH3_128bits_update(hash, &options->min_confidence, sizeof(options->min_confidence));
	XXH128_hash_t digest = XXH3_128bits_digest(hash);
	snprintf(ret, CONFIG_HASH_SIZE, "%016llx%016llx", (unsigned long long)digest.high64,
	         (unsigned long long)digest.low64);
	XXH3_freeState(hash);
}
