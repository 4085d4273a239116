/* SPDX-License-Identifier: MIT */
/*
 * One made-up number for every kind of identification number, and what its check digits are for: a wrong digit is
 * noticed. The numbers were drawn at random until they obeyed the issuer's algorithm.
 */
#include "check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
	const char *check, *value;
	int noticed_percent; /* at least, of all changes of one digit into another */
} rows[] = {
    {"ad_nrt", "U 713.800 X", 0},
    {"ae_emirates_id", "784-2304-1131707-1", 100},
    {"al_nipt", "K 17703987 N", 0},
    {"ar_cbu", "1580493839347306126657", 100},
    {"ar_cuit", "20926634879", 90},
    {"ar_dni", "25.383.558", 0},
    {"at_businessid", "FN 522511m", 0},
    {"at_tin", "69 7100667", 100},
    {"at_uid", "U76543493", 100},
    {"at_vnr", "4137 090885", 100},
    {"au_abn", "39918882021", 100},
    {"au_acn", "630 323 483", 90},
    {"au_medicare", "58087988328", 80},
    {"au_tfn", "237 494 189", 100},
    {"az_voen", "6118535592", 90},
    {"be_bis", "21 31 01 584 73", 90},
    {"be_eid", "653-2186998-97", 100},
    {"be_nn", "89462587086", 100},
    {"be_vat", "BE 295759334", 100},
    {"bg_egn", "4223302220", 90},
    {"bg_pnf", "2511846184", 100},
    {"bg_vat", "409160519", 90},
    {"bic_swift", "CRTUGE21281", 0},
    {"br_cnpj", "39.049.240/7709-06", 100},
    {"br_cpf", "483.578.928-84", 100},
    {"by_unp", "UNP 579778552", 100},
    {"ca_bc_phn", "9415 298 727", 100},
    {"ca_bn", "865349872RC3201", 60},
    {"ca_postal_code", "K7A 9B8", 0},
    {"ca_sin", "483-552-212", 100},
    {"casrn", "169-77-7", 80},
    {"ch_ssn", "756.5222.8773.88", 100},
    {"ch_uid", "CHE-686.098.817", 100},
    {"ch_vat", "CHE-111.666.959 MWST", 100},
    {"cl_rut", "46483530-K", 100},
    {"cn_ric", "513230140011120750", 100},
    {"cn_uscc", "96340992MA7PEMUHX2", 100},
    {"co_nit", "360.948.032-1", 90},
    {"cr_cpf", "314070228", 0},
    {"cr_cpj", "3-103-550131", 0},
    {"cr_cr", "126081510068", 0},
    {"cu_ni", "91021029812", 0},
    {"cy_vat", "90781363P", 100},
    {"cz_bankaccount", "0705770283/7910", 60},
    {"cz_dic", "7530105726", 100},
    {"cz_ico", "20133308", 100},
    {"cz_rc", "8879195028", 100},
    {"damm", "3924128354441", 100},
    {"de_bsnr", "421954822", 0},
    {"de_id_card", "C08274467", 0},
    {"de_idnr", "90 584 326 000", 100},
    {"de_kvnr", "A807528882", 100},
    {"de_lanr", "980719408", 60},
    {"de_passport", "L31X02T47", 0},
    {"de_rvnr", "40180990B311", 100},
    {"de_serial", "C4PX0V6K2", 0},
    {"de_stnr", "113/0504/7684", 0},
    {"de_vat", "734585768", 100},
    {"de_wkn", "596227", 0},
    {"dk_cpr", "271062-9829", 0},
    {"dk_cvr", "54874928", 100},
    {"do_cedula", "04116828031", 100},
    {"do_rnc", "142761792", 90},
    {"dz_nif", "002029120990433", 0},
    {"ean", "71512396", 100},
    {"ec_ci", "0619217805", 100},
    {"ec_ruc", "0406096867001", 60},
    {"ee_ik", "55205189188", 90},
    {"ee_kmkr", "070936489", 100},
    {"ee_registrikood", "19129009", 100},
    {"eg_tn", "538-907-923", 0},
    {"es_ccc", "6144-9734-96 1232550820", 100},
    {"es_cif", "J97146831", 100},
    {"es_cups", "ES 3237 3416 9769 5459 ZF", 100},
    {"es_dni", "22062672Z", 100},
    {"es_nie", "x-0562467w", 100},
    {"es_nif", "56372515K", 100},
    {"es_nuss", "88/10052628/80", 100},
    {"es_postal_code", "39079", 0},
    {"es_referenciacatastral", "4022913PD4664F0171SY", 100},
    {"eu_vat", "LU: 6035 8374", 100},
    {"eu_vat", "EU528003614", 0},
    {"fi_alv", "28264745", 100},
    {"fi_hetu", "121183A365T", 100},
    {"fi_veronumero", "213406292967", 0},
    {"fi_ytunnus", "30915244", 100},
    {"figi", "BBG24FBYLY30", 100},
    {"fo_vn", "321081", 0},
    {"fr_nif", "2794077379408", 100},
    {"fr_nir", "149852891333117", 100},
    {"fr_siren", "852 005 479", 100},
    {"fr_siret", "31863644616819", 100},
    {"fr_tva", "00 447 672 262", 100},
    {"gb_driving_licence", "MORGA257049SM9IJ", 0},
    {"gb_nhs", "447 971 4510", 100},
    {"gb_nino", "AB 12 12 59 C", 0},
    {"gb_passport", "225662477", 0},
    {"gb_postcode", "SW2A 5AA", 0},
    {"gb_sedol", "5117284", 100},
    {"gb_upn", "B876264135650", 100},
    {"gb_utr", "1434522197", 90},
    {"gb_vat", "GD265", 0},
    {"gh_tin", "C0008019541", 100},
    {"gn_nifp", "028755007", 100},
    {"gr_amka", "19125703256", 100},
    {"gr_vat", "EL 480277918 ", 100},
    {"gt_nit", "8110552-5", 100},
    {"hk_hkid", "A731723(1)", 100},
    {"hr_oib", "34909000322", 100},
    {"hu_anum", "91111432", 100},
    {"hu_tin", "8590543595", 100},
    {"iccid", "8952715066562272469", 100},
    {"id_nik", "3497001804058931", 0},
    {"id_npwp", "676316367513903", 60},
    {"ie_pps", "1295578WH", 100},
    {"ie_vat", "0012704OA", 100},
    {"il_hp", "506241793", 100},
    {"il_idnr", "00311449", 100},
    {"imo", "IMO 9349497", 80},
    {"imsi", "429329134157095", 0},
    {"in_aadhaar", "8932 2141 9315", 100},
    {"in_epic", "WKH2658888", 100},
    {"in_gstin", "06AAPFU2939F1ZV", 100},
    {"in_pan", "AAKFD7056K", 0},
    {"in_passport", "A4754407", 0},
    {"in_vehicle_registration", "MH 12 DE 1433", 0},
    {"in_vid", "6340424339382870", 100},
    {"ir_melli", "9431872307", 100},
    {"is_kennitala", "5008021030", 90},
    {"is_vsk", "IS 06223", 0},
    {"isbn", "1-9303-0837-X", 100},
    {"isin", "LU1688371316", 100},
    {"ismn", "M326225478", 100},
    {"isni", "0045 0030 1289 765X", 100},
    {"iso11649", "RF70EF3UHBVNPLHKG2HZ1SGGT", 100},
    {"iso7064_mod_11_10", "189076637085", 100},
    {"iso7064_mod_97_10", "72916200400612791976891", 100},
    {"isrc", "US-SKG-09-74215", 0},
    {"issn", "0967-0351", 100},
    {"it_codicefiscale", "RSSMRA17C05F20RX", 100},
    {"it_driver_license", "U1M6R27K5H", 0},
    {"it_iva", "IT 53753110021", 100},
    {"jp_cn", "7870813742634", 90},
    {"jp_in", "3914 9247 0987", 100},
    {"ke_pin", "P696733411Y", 0},
    {"kr_brn", "313-91-10620", 0},
    {"kr_driver_license", "13-19-602847-51", 0},
    {"kr_frn", "210721-8117564", 100},
    {"kr_frn_recent", "911208-5678902", 0},
    {"kr_rrn", "030712-7300486", 90},
    {"kr_rrn_recent", "960314-1234568", 0},
    {"lei", "339251EUCOJ5XD30YM08", 100},
    {"li_peid", "6532163", 0},
    {"lk_nic", "931592078V", 0},
    {"lt_asmens", "54109019433", 90},
    {"lt_pvm", "140141515", 90},
    {"lu_nin", "1453051207612", 100},
    {"lu_tva", "LU 890 494 49", 100},
    {"lv_pk", "32030613901", 0},
    {"lv_pvn", "799102-11997", 100},
    {"ma_ice", "032475823192053", 100},
    {"mc_tva", "50000309475", 100},
    {"md_idno", "6203689749006", 100},
    {"me_pib", "05234638", 100},
    {"meid", "AF 00 73 24 4A BC DE", 0},
    {"mk_edb", "4722876506785", 100},
    {"mrz", "L698937C16UTO7402625F1004739ZE050239B<<<<<10", 100},
    {"mt_vat", "15865652", 100},
    {"mu_nid", "L2411001532366", 100},
    {"mx_curp", "BEML650913HMCLNS30", 90},
    {"mx_rfc", "CAMR900923HG5", 0},
    {"my_nric", "310723-56-8806", 0},
    {"mz_nuit", "708116734", 100},
    {"ng_nin", "47355093101", 0},
    {"ng_vehicle_registration", "KTU-482FG", 0},
    {"nl_bsn", "5182.82.132", 100},
    {"nl_btw", "033457852B84", 80},
    {"nl_identiteitskaartnummer", "EM2310002", 0},
    {"nl_onderwijsnummer", "1014.00.191", 100},
    {"nl_passport", "XR9002R15", 100},
    {"nl_postcode", "9506DC", 0},
    {"no_fodselsnummer", "30046743772", 100},
    {"no_kontonr", "59010012907", 100},
    {"no_mva", "709 831 046 MVA", 100},
    {"no_orgnr", "548975212", 100},
    {"nz_bankaccount", "38-9086-1105160-91", 40},
    {"nz_ird", "NZ 42-365-051", 90},
    {"nz_nhi", "ZAC0246", 100},
    {"om_vat", "OM2100402668", 60},
    {"passport", "XR9743558", 0},
    {"pe_cui", "25299447E", 100},
    {"pe_ruc", "10963152502", 100},
    {"ph_tin", "966-932-780-000", 60},
    {"pk_cnic", "39291-9501581-4", 0},
    {"pl_nip", "4444191807", 100},
    {"pl_pesel", "04811417246", 100},
    {"pl_regon", "094002537", 100},
    {"pt_cc", "39268582 8 ZZ 1", 100},
    {"pt_nif", "PT 514 641 843", 100},
    {"py_ruc", "5270870-5", 100},
    {"ro_cf", "80140240", 90},
    {"ro_cnp", "2870223351430", 100},
    {"ro_cui", "182 272 44", 100},
    {"rs_pib", "831272658", 100},
    {"ru_inn", "8926338377", 100},
    {"ru_ogrn", "1328302004821", 100},
    {"ru_snils", "137-298-640 96", 100},
    {"se_orgnr", "2279548891", 100},
    {"se_personnummer", "7408223712", 100},
    {"se_postnummer", "SE-31511", 0},
    {"se_samordningsnummer", "480664-9903", 100},
    {"se_vat", "SE 385492121401", 100},
    {"sg_nric_fin", "F5164248K", 100},
    {"sg_uen", "23367047E", 100},
    {"si_ddv", "89473159", 100},
    {"si_emso", "1909742539735", 100},
    {"si_maticna", "8279217700", 60},
    {"sk_dph", "SK 273 302 96 51", 100},
    {"sk_ico", "37149482", 100},
    {"sk_rc", "777315/5720", 90},
    {"sn_ninea", "1335 604 0G5", 80},
    {"sv_nit", "9314-683401-691-4", 100},
    {"th_moa", "0913568300259", 90},
    {"th_pin", "2350480610278", 90},
    {"th_tin", "3 4698 15016 03 3", 90},
    {"tn_mf", "3395586/H", 0},
    {"tr_license_plate", "34 KUJ 41", 0},
    {"tr_tckimlik", "39712205830", 100},
    {"tr_vkn", "3955553528", 100},
    {"tw_id", "A143675333", 90},
    {"tw_ubn", "18659110", 80},
    {"ua_edrpou", "49457519", 90},
    {"ua_rntrc", "6978848466", 100},
    {"us_aba_rtn", "276360448", 100},
    {"us_atin", "987-93-8264", 0},
    {"us_dea", "MJ4903729", 90},
    {"us_ein", "51-2643089", 0},
    {"us_itin", "912-80-3136", 0},
    {"us_mbi", "5EG3-TE1-MK73", 0},
    {"us_npi", "2141728412", 100},
    {"us_passport", "363027183", 0},
    {"us_ptin", "P06500879", 0},
    {"us_tin", "481-87-4341", 0},
    {"us_zip", "98092-9235", 0},
    {"uk_vehicle_registration", "LK19 PVO", 0},
    {"uy_ci", "6.284.966-2", 90},
    {"uy_rut", "211685300011", 100},
    {"ve_rif", "V-08237857-6", 100},
    {"verhoeff", "0938860096225", 100},
    {"vin", "8M8GDM1AXKP048688", 100},
    {"vn_cccd", "041873051805", 0},
    {"vn_mst", "0802385562", 100},
    {"yu_jmbg", "0401799194036", 100},
    {"za_idnr", "2603054988166", 100},
    {"za_tin", "0505339630", 100},
};

static enum check_class judge(const struct row *row, const char *value) {
	const struct check *check = check_find(row->check);

	assert_non_null(check);
	return check->fn(value, strlen(value));
}

static void a_number_that_obeys_the_issuer_is_real(void **state) {
	(void)state;
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (judge(&rows[i], rows[i].value) != CHECK_REAL)
			wrong += fprintf(stderr, "%s: refused\n", rows[i].check) > 0;
	assert_int_equal(wrong, 0);
}

static void a_changed_digit_is_noticed(void **state) {
	(void)state;
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[80];
		int changes = 0, noticed = 0;

		snprintf(value, sizeof(value), "%s", rows[i].value);
		for (char *c = value; *c; c++) {
			char kept = *c;

			for (char d = '0'; kept >= '0' && kept <= '9' && d <= '9'; d++) {
				if (d == kept)
					continue;
				*c = d;
				changes++;
				noticed += judge(&rows[i], value) == CHECK_INVALID;
			}
			*c = kept;
		}
		if (noticed * 100 < changes * rows[i].noticed_percent)
			wrong += fprintf(stderr, "%s: %d of %d noticed\n", rows[i].check, noticed, changes) > 0;
	}
	assert_int_equal(wrong, 0);
}

static void a_number_cut_short_or_drawn_out_is_refused(void **state) {
	(void)state;
	/* Forms that several lengths fit, or any. */
	static const char *const any_length =
	    " ar_dni at_businessid cr_cr co_nit gt_nit li_peid py_ruc ro_cui ro_cf passport "
	    "iso11649 verhoeff damm iso7064_mod_11_10 iso7064_mod_97_10 us_zip is_vsk ";
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[80], name[40];

		snprintf(name, sizeof(name), " %s ", rows[i].check);
		if (strstr(any_length, name))
			continue;
		snprintf(value, sizeof(value), "%s00000000000000000000", rows[i].value);
		wrong += judge(&rows[i], value) != CHECK_INVALID && fprintf(stderr, "%s: too long\n", rows[i].check);
		snprintf(value, sizeof(value), "%.2s", rows[i].value);
		wrong += judge(&rows[i], value) != CHECK_INVALID && fprintf(stderr, "%s: too short\n", rows[i].check);
	}
	assert_int_equal(wrong, 0);
}

/* What no check digit tells: places, ages and letters that are not given out. */
static void a_plate_or_licence_of_no_issuer_is_refused(void **state) {
	(void)state;
	static const struct row refused[] = {
	    {"uk_vehicle_registration", "LK01 PVO", 0},
	    {"uk_vehicle_registration", "LK50 PVO", 0},
	    {"uk_vehicle_registration", "LK19 PIO", 0},
	    {"uk_vehicle_registration", "QK19 PVO", 0},
	    {"in_vehicle_registration", "XX12DE1433", 0},
	    {"in_vehicle_registration", "MH00DE1433", 0},
	    {"in_vehicle_registration", "MH12DE0000", 0},
	    {"in_vehicle_registration", "MH12IO1433", 0},
	    {"ng_vehicle_registration", "KTU-000FG", 0},
	    {"tr_license_plate", "00 KUJ 41", 0},
	    {"tr_license_plate", "82 KUJ 41", 0},
	    {"tr_license_plate", "34 QUJ 41", 0},
	    {"tr_license_plate", "34 KUJ 4102", 0},
	    {"it_driver_license", "U1M6A27K5H", 0},
	    {"kr_driver_license", "29-19-602847-51", 0},
	    {"de_serial", "CF0412983", 0},
	    {"de_serial", "A4PX0V6K2", 0},
	    {"eu_vat", "EU529003614", 0},
	    {"kr_driver_license", "29-19-602847-51", 0},
	    {"eu_vat", "IM528003614", 0},
	    {"kr_driver_license", "29-19-602847-51", 0},
	    {"kr_rrn_recent", "961314-1234568", 0},
	    {"kr_rrn_recent", "960314-5234568", 0},
	    {"kr_frn_recent", "911208-1678902", 0},
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(judge(&refused[i], refused[i].value), CHECK_INVALID);
}

static void look_alikes_of_ascii_count_as_ascii(void **state) {
	(void)state;
	static const struct row folded[] = {
	    {"gb_nhs",
	     "928\xc2\xa0"
	     "466\xe2\x80\x93"
	     "7941",
	     0},                                              /* no-break space, en dash */
	    {"eg_tn", "\xd9\xa1\xd9\xa2\xd9\xa3-456-789", 0}, /* Arabic-Indic 1 2 3 */
	    {"mk_edb", "\xd0\x9c\xd0\x9a 0826924545262", 0},  /* Cyrillic M, K */
	};
	static const struct row refused[] = {
	    {"gb_nhs", "928\xe2\x80", 0},
	    {"gb_nhs", "928466794\xff", 0},
	    {"gb_nhs",
	     "\xf0\x9f\x99\x82"
	     "9284667941",
	     0},
	};

	for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++)
		assert_int_equal(judge(&folded[i], folded[i].value), CHECK_REAL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(judge(&refused[i], refused[i].value), CHECK_INVALID);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_number_that_obeys_the_issuer_is_real),
	    cmocka_unit_test(a_changed_digit_is_noticed),
	    cmocka_unit_test(a_number_cut_short_or_drawn_out_is_refused),
	    cmocka_unit_test(a_plate_or_licence_of_no_issuer_is_refused),
	    cmocka_unit_test(look_alikes_of_ascii_count_as_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
