/* SPDX-License-Identifier: MIT */
/* logspill rules verify: what the validators of an entity say of values on standard input. */
#include "cmd/cmd.h"
#include "cmd/rules.h"

#include "base/cleanup.h"
#include "check/check.h"
#include "rule/rule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 64
#define CHECKS_MAX 32

/* Names that other tools give to our entities. */
static const struct {
	const char *alias, *entity;
} aliases[] = {
    {"ABA_ROUTING_NUMBER", "US_ABA_RTN"},
    {"BE_IBAN", "IBAN"},
    {"BE_SSN", "BE_NN"},
    {"CRYPTO", "CRYPTO_BTC"},
    {"DE_HEALTH_INSURANCE", "DE_KVNR"},
    {"DE_IBAN", "IBAN"},
    {"DE_SOCIAL_SECURITY", "DE_RVNR"},
    {"DE_TAX_ID", "DE_IDNR"},
    {"EMAIL_ADDRESS", "EMAIL"},
    {"ES_IBAN", "IBAN"},
    {"ES_NIF", "ES_DNI"},
    {"FI_PERSONAL_IDENTITY_CODE", "FI_HETU"},
    {"IBAN_CODE", "IBAN"},
    {"IN_VOTER", "IN_EPIC"},
    {"IP", "IP_ADDRESS"},
    {"IPV4", "IP_ADDRESS"},
    {"IPV6", "IP_ADDRESS"},
    {"IT_FISCAL_CODE", "IT_CODICEFISCALE"},
    {"IT_VAT_CODE", "IT_IVA"},
    {"MAC", "MAC_ADDRESS"},
    {"PERSON_NAME", "PERSON"},
    {"PHONE_NUMBER", "PHONE"},
    {"SK_RC", "CZ_RC"},
    {"SSN", "US_SSN"},
    {"TH_TNIN", "TH_PIN"},
    {"TR_NATIONAL_ID", "TR_TCKIMLIK"},
    {"UA_RNOKPP", "UA_RNTRC"},
    {"UK_DRIVING_LICENCE", "GB_DRIVING_LICENCE"},
    {"UK_NHS", "GB_NHS"},
    {"UK_NINO", "GB_NINO"},
    {"UK_PASSPORT", "GB_PASSPORT"},
    {"UK_POSTCODE", "GB_POSTCODE"},
    {"ZA_ID_NUMBER", "ZA_IDNR"},
};

/* The validators of one entity: a value is good when one of them says so. */
struct checks {
	const struct check *items[CHECKS_MAX];
	size_t len;
	bool known; /* there is a rule of that entity, perhaps without validator */
};

static const char *resolve_alias(const char *entity) {
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (!strcasecmp(aliases[i].alias, entity))
			return aliases[i].entity;
	return entity;
}

static const struct check *find_by_entity(const char *entity) {
	char name[NAME_MAX_BYTES] = "";
	for (size_t i = 0; entity[i] && i < sizeof(name) - 1; i++)
		name[i] = (char)tolower((unsigned char)entity[i]);
	return check_find(name);
}

/* "SECRET" stands for "SECRET:jwt" and all its like. */
static bool is_of_entity(const struct rule *rule, const char *entity) {
	size_t len = strlen(entity);
	return !strncasecmp(rule->entity, entity, len) && (!rule->entity[len] || rule->entity[len] == ':');
}

static void add_check(struct checks *checks, const struct check *check) {
	for (size_t i = 0; i < checks->len; i++)
		if (checks->items[i] == check)
			return;
	if (check && checks->len < CHECKS_MAX)
		checks->items[checks->len++] = check;
}

static void add_checks_of_rules(struct checks *checks, const struct rules *rules, const char *entity) {
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = &rules->items[i];
		if (!is_of_entity(rule, entity))
			continue;
		checks->known = true;
		if (rule->validator)
			add_check(checks, check_find(rule->validator));
	}
}

/* A validator named after the entity is the entity's definition; else the rules say which ones they use. */
static int find_checks(struct checks *ret, const struct rules_call *call, const char *entity) {
	const char *name = resolve_alias(entity);
	add_check(ret, find_by_entity(name));
	if (!ret->len)
		add_check(ret, find_by_entity(entity));
	if (ret->len)
		return 0;
	_cleanup_(rules_freep) struct rules *rules = NULL;
	int r = rules_call_load(call, &rules);
	if (r)
		return r;
	add_checks_of_rules(ret, rules, name);
	if (ret->len)
		return 0;
	diags_say(call->diags,
	          ret->known ? "the rules for '%s' have no validator: they go by the key beside the value"
	                     : "no rule and no validator for '%s'. `logspill rules list` names the entities",
	          entity);
	return -ENOENT;
}

static bool is_valid(const struct checks *checks, const char *value, size_t len) {
	for (size_t i = 0; i < checks->len; i++)
		if (checks->items[i]->fn(value, len) != CHECK_INVALID)
			return true;
	return false;
}

int rules_verify(const struct rules_call *call) {
	struct checks checks = {0};
	if (find_checks(&checks, call, call->arguments.items[0]))
		return EXIT_ERROR;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	bool all_valid = true;
	while ((len = getline(&line, &cap, stdin)) >= 0) {
		if (len && line[len - 1] == '\n')
			len--;
		bool valid = is_valid(&checks, line, (size_t)len);
		all_valid = all_valid && valid;
		puts(valid ? "valid" : "invalid");
	}
	if (line)
		explicit_bzero(line, cap);
	free(line);
	if (ferror(stdin) || fflush(stdout)) {
		diags_say(call->diags, "%s failed: %s", ferror(stdin) ? "reading" : "writing", strerror(errno));
		return EXIT_ERROR;
	}
	return all_valid ? EXIT_CLEAN : EXIT_FINDINGS;
}
