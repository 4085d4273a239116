/* SPDX-License-Identifier: MIT */
/* VAT numbers with the country in front, as the European Union writes them. */
#include "check/digits.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* ISO 3166-1 numeric codes of the member states, and 900 for Northern Ireland. */
static bool in_member_state(const char *v) {
	return listed(v + 2, 3,
	              "040 056 100 191 196 203 208 233 246 250 276 300 348 372 380 428 440 442 470 528 616 620 642 703 705 "
	              "724 752 900 ");
}

/*
 * Directive 2006/112/EC, articles 362 and 369q: numbers of the one-stop shop for services (EU) and for imports (IM).
 * Their last digit is a check digit of no published rule.
 */
static enum check_class one_stop_shop(const char *s, size_t len) {
	static const struct number number = {.strip = " -", .form = "EU#{9}|IM#{10}", .also = in_member_state};

	return number_check(&number, s, len);
}

static const struct vat_country {
	char code[3];
	check_fn fn;
} countries[] = {
    {"AT", check_at_uid}, {"BE", check_be_vat}, {"BG", check_bg_vat},  {"CY", check_cy_vat},  {"CZ", check_cz_dic},
    {"DE", check_de_vat}, {"DK", check_dk_cvr}, {"EE", check_ee_kmkr}, {"EL", check_gr_vat},  {"ES", check_es_nif},
    {"FI", check_fi_alv}, {"FR", check_fr_tva}, {"HR", check_hr_oib},  {"HU", check_hu_anum}, {"IE", check_ie_vat},
    {"IT", check_it_iva}, {"LT", check_lt_pvm}, {"LU", check_lu_tva},  {"LV", check_lv_pvn},  {"MT", check_mt_vat},
    {"NL", check_nl_btw}, {"PL", check_pl_nip}, {"PT", check_pt_nif},  {"RO", check_ro_cf},   {"SE", check_se_vat},
    {"SI", check_si_ddv}, {"SK", check_sk_dph}, {"XI", check_gb_vat},  {"EU", one_stop_shop}, {"IM", one_stop_shop},
};

enum check_class check_eu_vat(const char *s, size_t len) {
	if (len < 4)
		return CHECK_INVALID;
	for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++)
		if (!strncasecmp(s, countries[i].code, 2))
			return countries[i].fn(s, len);
	return CHECK_INVALID;
}
