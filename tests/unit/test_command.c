/* SPDX-License-Identifier: MIT */
/* What is told of a command line, with the rules as they come. */
#include "find/command.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN(array) (sizeof(array) / sizeof(*(array)))

static struct rules *rules;
static struct detect_set *set;
static struct detector *detector;

/* Arguments are written with '|' between them; read from a buffer without a byte to spare. */
static char *masked(const char *arguments) {
	size_t len = strlen(arguments) + 1;
	char *ret = NULL, *copy = malloc(len);
	assert_non_null(copy);
	for (size_t i = 0; i < len; i++)
		copy[i] = (char)(arguments[i] == '|' ? 0 : arguments[i]);
	int r = command_mask(detector, copy, len, &ret);
	free(copy);
	assert_int_equal(r, ret ? 0 : -ENODATA);
	return ret;
}

static void a_command_keeps_program_options_paths_and_our_words(void **state) {
	static const struct {
		const char *arguments, *want;
	} cases[] = {
	    {"/usr/bin/python3|/srv/shop/app.py|--port|8080|-v", "/usr/bin/python3 /srv/shop/app.py --port 8080 -v"},
	    {"java|-Xmx512m|-jar|shop.jar|--server.port=8080", "java -X*** -jar shop.jar --server.port=8080"},
	    {"nginx: worker process", "nginx: worker process"},
	    {"postgres: shop orders 10.1.2.3(4711) idle", "postgres: *** orders *** idle"},
	    {"sh|-c|echo \"hello Maija\" > /tmp/x", "sh -c *** /tmp/x"},
	    {"app|--config=/etc/shop.yaml|--retries=3", "app --config=/etc/shop.yaml --retries=3"},
	    {"app|Maija|Korhonen|retry", "app *** retry"},
	    {"app|--", "app --"},
	    {"app||-", "app -"},
	    {"tool|20261122|12345|123456", "tool *** 12345 ***"},
	    {"env|DB_HOST=localhost|DB_PORT=5432|app", "env DB_HOST=*** DB_PORT=5432 app"},
	    {"", NULL},
	    {"| |", NULL},
	};
	for (size_t i = 0; i < LEN(cases); i++) {
		_cleanup_free_ char *got = masked(cases[i].arguments);
		if (cases[i].want)
			assert_string_equal(got ? got : "", cases[i].want);
		else
			assert_null(got);
	}
	(void)state;
}

/* '$' in a form stands for the secret. */
static const char *const forms[] = {
    "mysql|--password=$",
    "mysql|-p$",
    "mysql|-p|$",
    "mysql|--password|$",
    "curl|-u|bob:$",
    "curl|-ubob:$",
    "redis-cli|-a|$",
    "app|--api-key=$",
    "app|--token|$",
    "app|API_TOKEN=$",
    "PGPASSWORD=$|psql",
    "psql|postgres://shop:$@db/orders",
    "sh|-c|mysql -p$ shop",
    "app|$",
    "app|-$",
    "app|--url=https://u:$@host/",
    "app|--dbSecret=$",
    "app|-Dkey=$",
    "app|'$'",
    "sh|-c|echo \"password: $\"",
    "app|--auth|Bearer $",
    "app|x|$|y",
    "curl|-H|X-Auth: $",
    "app|--note=hello $",
};

static void no_secret_is_told(void **state) {
	static const char *const secrets[] = {
	    "hunter2",
	    "Tr0ub4dor&3",
	    "correcthorse",
	    "AKIAQWERTYUIOPASDFGH",
	    "4929123456781234",
	    "maija@kuusikoti.fi",
	    "Maija",
	    "wJalrXUtnFEMIK7MDENGb",
	    "s3cr3t/with/slashes",
	    "kissa",
	    "p\xc3\xa4\xc3\xa4",
	    "290790-123K",
	    "x=y",
	};
	char arguments[256];
	for (size_t f = 0; f < LEN(forms); f++) {
		for (size_t i = 0; i < LEN(secrets); i++) {
			const char *at = strchr(forms[f], '$');
			snprintf(arguments, sizeof(arguments), "%.*s%s%s", (int)(at - forms[f]), forms[f], secrets[i], at + 1);
			_cleanup_free_ char *got = masked(arguments);
			if (got && strstr(got, secrets[i]))
				fail_msg("told of form %zu, secret %zu: %s", f, i, got);
		}
	}
	(void)state;
}

/* Names, addresses and free text among what a command line may hold. */
static void nothing_written_there_escapes(void **state) {
	static const char *const values[] = {
	    "Maija",     "Korhonen", "Rue de la Paix 12", "00100 Helsinki", "kuusikoti.fi",    "+358401234567",
	    "m\xc3\xb6", "jane_doe", "jane.doe",          "o'brien",        "Mannerheimintie",
	};
	static const char *const others[] = {"|",
	                                     " ",
	                                     "-",
	                                     "--",
	                                     "=",
	                                     ",",
	                                     ":",
	                                     "\"",
	                                     "'",
	                                     "(",
	                                     ")",
	                                     "|-v|",
	                                     "|--mode|",
	                                     "|retry|",
	                                     "/",
	                                     "|8080|",
	                                     "|--out=/tmp/x|",
	                                     "@",
	                                     "\xff",
	                                     "\n",
	                                     "[",
	                                     ";"};
	unsigned seed = 20261122;
	for (int i = 0; i < 20000; i++) {
		char arguments[2048] = "app|";
		for (int k = rand_r(&seed) % 20; k >= 0; k--) {
			strcat(arguments, others[(size_t)rand_r(&seed) % LEN(others)]);
			strcat(arguments, k % 3 ? " " : "|");
			strcat(arguments, values[(size_t)rand_r(&seed) % LEN(values)]);
			strcat(arguments, k % 2 ? " " : "");
		}
		_cleanup_free_ char *got = masked(arguments);
		assert_non_null(got);
		for (const char *c = got; *c; c++)
			assert_in_range(*c, ' ', '~');
		for (size_t k = 0; k < LEN(values); k++)
			if (strstr(got, values[k]))
				fail_msg("%s told of: %s", values[k], got);
	}
	(void)state;
}

static void any_bytes_are_taken(void **state) {
	unsigned seed = 7;
	for (int i = 0; i < 20000; i++) {
		char bytes[64];
		size_t len = (size_t)rand_r(&seed) % sizeof(bytes);
		for (size_t k = 0; k < len; k++)
			bytes[k] = (char)(rand_r(&seed) % 4 ? "-= ='\"/.p"[rand_r(&seed) % 9] : rand_r(&seed));
		char *got = NULL, *copy = malloc(len + !len);
		assert_non_null(copy);
		memcpy(copy, bytes, len);
		int r = command_mask(detector, copy, len, &got);
		assert_true(r == 0 || r == -ENODATA);
		free(copy);
		free(got);
	}
	(void)state;
}

static int load(void **state) {
	static const char *const dirs[] = {"rules"};
	struct diags diags = {0};
	(void)state;
	return rules_load(&rules, dirs, 1, &diags) || detect_set_new(&set, rules, &(struct detect_options){0}, &diags) ||
	       detector_new(&detector, set);
}

static int unload(void **state) {
	(void)state;
	detector_free(detector);
	detect_set_free(set);
	rules_free(rules);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_command_keeps_program_options_paths_and_our_words),
	    cmocka_unit_test(no_secret_is_told),
	    cmocka_unit_test(nothing_written_there_escapes),
	    cmocka_unit_test(any_bytes_are_taken),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
