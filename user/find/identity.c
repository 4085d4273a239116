/* SPDX-License-Identifier: MIT */
#include "find/identity.h"

#include "find/template.h"
#include "find/words.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

#define KEY_BYTES_MAX 64

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_separator(char c) {
	return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

const char *identity_value(char *ret, size_t size, const struct rule *rule, const char *value, size_t *len) {
	bool by_shape = rule->shapes.len || rule->value || (*len && value[0] == '+');
	if ((!by_shape && !rule->anchor) || *len > size)
		return value;
	size_t n = 0;
	for (size_t i = 0; i < *len; i++)
		if (!by_shape || !is_separator(value[i]))
			ret[n++] = lower(value[i]);
	*len = n;
	return ret;
}

/* Keys may say with a leading '*' that they end a longer one. */
static const char *longest_suffix(const struct rule_strings *words, const char *key, size_t len, const char *best) {
	size_t best_len = best ? strlen(best) : 0;
	for (size_t i = 0; i < words->len; i++) {
		const char *word = words->items[i] + (words->items[i][0] == '*');
		size_t n = strlen(word);
		if (n > best_len && n <= len && !memcmp(word, key + len - n, n)) {
			best = word;
			best_len = n;
		}
	}
	return best;
}

const char *identity_word(const struct rule *rule, const char *key, size_t len) {
	char normal[KEY_BYTES_MAX];
	if (!len)
		return NULL;
	size_t cut = len > sizeof(normal) ? len - sizeof(normal) : 0;
	size_t n = key_normalize(normal, sizeof(normal), key + cut, len - cut);
	const char *word = longest_suffix(&rule->keys, normal, n, NULL);
	return longest_suffix(&rule->context_keywords, normal, n, word);
}

static void hash_string(crypto_generichash_state *state, const char *s) {
	uint64_t len = strlen(s), prefix = htole64(len);
	crypto_generichash_update(state, (const unsigned char *)&prefix, sizeof(prefix));
	crypto_generichash_update(state, (const unsigned char *)s, len);
}

static void hash_strings(unsigned char ret[16], const char *const *strings, size_t len) {
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, 16);
	for (size_t i = 0; i < len; i++)
		hash_string(&state, strings[i]);
	crypto_generichash_final(&state, ret, 16);
}

void identity_template(char ret[FIND_TEMPLATE_SIZE], const struct rule *rule, const char *word, const int16_t *words,
                       size_t words_len) {
	const char *strings[2 + TEMPLATE_WORDS_MAX] = {rule->id, word ? word : ""};
	size_t n = 2;
	for (size_t i = 0; i < words_len && i < TEMPLATE_WORDS_MAX; i++)
		strings[n++] = word_at((size_t)words[i]);
	unsigned char hash[16];
	hash_strings(hash, strings, n);
	sodium_bin2hex(ret, FIND_TEMPLATE_SIZE, hash, (FIND_TEMPLATE_SIZE - 1) / 2);
}

const char *identity_base_name(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const char *identity_program(const char *executable, const char *process_name) {
	return *executable ? identity_base_name(executable) : process_name;
}

void identity_finding(char ret[FIND_ID_SIZE], const struct rule *rule, const char *program, const char *sink,
                      const char *template_id) {
	unsigned char hash[16];
	hash_strings(hash, (const char *const[]){rule->id, program, sink, template_id}, 4);
	sodium_bin2hex(ret, FIND_ID_SIZE, hash, sizeof(hash));
}
