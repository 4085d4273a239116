/* SPDX-License-Identifier: MIT */
/*
 * Every validator: its name and the standard or issuer that states the algorithm. One line here makes the prototype
 * `check_NAME` and the row of the table. Sorted by name as strcmp() sorts.
 */
#ifndef CHECK_LIST_H
#define CHECK_LIST_H

#include "check/check.h"

#define CHECK_LIST(X)                                                                                                  \
	X(ad_nrt, "OECD TIN guide, Andorra")                                                                               \
	X(ae_emirates_id, "ICP, Emirates ID")                                                                              \
	X(al_nipt, "OECD TIN guide, Albania")                                                                              \
	X(ar_cbu, "BCRA, Clave Bancaria Uniforme")                                                                         \
	X(ar_cuit, "AFIP, CUIT")                                                                                           \
	X(ar_dni, "RENAPER")                                                                                               \
	X(at_businessid, "Firmenbuch")                                                                                     \
	X(at_tin, "BMF, Steuernummer")                                                                                     \
	X(at_uid, "BMF, UID")                                                                                              \
	X(at_vnr, "ASVG; Dachverband der Sozialversicherungsträger")                                                       \
	X(atlassian_token, "Atlassian, token format (CRC-32)")                                                             \
	X(au_abn, "ATO, ABN format")                                                                                       \
	X(au_acn, "ASIC, ACN check digit")                                                                                 \
	X(au_medicare, "Services Australia, Medicare card number")                                                         \
	X(au_tfn, "ATO, TFN")                                                                                              \
	X(aws_access_key, "AWS IAM User Guide, unique identifiers")                                                        \
	X(az_voen, "OECD TIN guide, Azerbaijan")                                                                           \
	X(basic_auth, "RFC 7617")                                                                                          \
	X(be_bis, "KSZ-BCSS, BIS number")                                                                                  \
	X(be_eid, "IBZ, IT195")                                                                                            \
	X(be_nn, "IBZ, IT000")                                                                                             \
	X(be_vat, "FOD Economie, KBO number")                                                                              \
	X(bg_egn, "GRAO, EGN")                                                                                             \
	X(bg_pnf, "MVR, personal number of a foreigner")                                                                   \
	X(bg_vat, "NRA; VIES")                                                                                             \
	X(bic_swift, "ISO 9362")                                                                                           \
	X(birth_date, "ISO 8601 and national orders of day, month, year; 1900 to today")                                   \
	X(br_cnpj, "Receita Federal, CNPJ; IN RFB 2229/2024")                                                              \
	X(br_cpf, "Receita Federal, CPF")                                                                                  \
	X(by_unp, "Ministry of Taxes, UNP")                                                                                \
	X(ca_bc_phn, "BC Ministry of Health, PHN")                                                                         \
	X(ca_bn, "CRA, Business Number")                                                                                   \
	X(ca_postal_code, "Canada Post, addressing guidelines")                                                            \
	X(ca_sin, "Service Canada, SIN")                                                                                   \
	X(card_expiry, "ISO/IEC 7813")                                                                                     \
	X(card_track, "ISO/IEC 7813")                                                                                      \
	X(casrn, "CAS Registry")                                                                                           \
	X(ch_ssn, "ZAS, AHV number; GS1 check digit")                                                                      \
	X(ch_uid, "eCH-0097")                                                                                              \
	X(ch_vat, "eCH-0097")                                                                                              \
	X(cl_rut, "SII, RUT")                                                                                              \
	X(cn_ric, "GB 11643-1999")                                                                                         \
	X(cn_uscc, "GB 32100-2015")                                                                                        \
	X(co_nit, "DIAN, NIT")                                                                                             \
	X(cr_cpf, "TSE, cédula de identidad")                                                                              \
	X(cr_cpj, "Registro Nacional, cédula jurídica")                                                                    \
	X(cr_cr, "DGME, DIMEX")                                                                                            \
	X(credit_card, "ISO/IEC 7812-1; issuers' IIN ranges")                                                              \
	X(crypto_btc, "Base58Check; BIP 173; BIP 350")                                                                     \
	X(crypto_dash, "Dash, chain parameters")                                                                           \
	X(crypto_doge, "Dogecoin, chain parameters")                                                                       \
	X(crypto_eth, "EIP-55")                                                                                            \
	X(crypto_ltc, "Litecoin, chain parameters; BIP 173")                                                               \
	X(crypto_trx, "TRON, account address format")                                                                      \
	X(crypto_xmr, "Monero address format, Keccak-256")                                                                 \
	X(crypto_xrp, "XRPL, base58 encodings")                                                                            \
	X(cu_ni, "número de identidad permanente")                                                                         \
	X(cy_vat, "OECD TIN guide, Cyprus; VIES")                                                                          \
	X(cz_bankaccount, "CNB, decree 169/2011")                                                                          \
	X(cz_dic, "VIES")                                                                                                  \
	X(cz_ico, "ČSÚ, IČO")                                                                                              \
	X(cz_rc, "Act 133/2000")                                                                                           \
	X(damm, "H. M. Damm, 2004")                                                                                        \
	X(date, "ISO 8601 and national orders of day, month, year")                                                        \
	X(de_bsnr, "KBV, BSNR")                                                                                            \
	X(de_id_card, "ICAO Doc 9303; BMI")                                                                                \
	X(de_idnr, "BZSt, IdNr; ISO/IEC 7064 MOD 11,10")                                                                   \
	X(de_kvnr, "SGB V 290")                                                                                            \
	X(de_lanr, "KBV, LANR")                                                                                            \
	X(de_passport, "ICAO Doc 9303; BMI")                                                                               \
	X(de_rvnr, "VKVV 2")                                                                                               \
	X(de_serial, "BMI, Personalausweisverordnung, Passverordnung")                                                     \
	X(de_stnr, "OFD, Steuernummer")                                                                                    \
	X(de_vat, "BZSt, USt-IdNr; ISO/IEC 7064 MOD 11,10")                                                                \
	X(de_wkn, "WM Datenservice")                                                                                       \
	X(dk_cpr, "CPR-kontoret, Personnummeret i CPR")                                                                    \
	X(dk_cvr, "Erhvervsstyrelsen, CVR")                                                                                \
	X(do_cedula, "JCE, cédula")                                                                                        \
	X(do_rnc, "DGII, RNC")                                                                                             \
	X(dz_nif, "DGI Algeria, NIF")                                                                                      \
	X(ean, "GS1 General Specifications")                                                                               \
	X(ec_ci, "Registro Civil del Ecuador")                                                                             \
	X(ec_ruc, "SRI, RUC")                                                                                              \
	X(ee_ik, "EVS 585")                                                                                                \
	X(ee_kmkr, "EMTA; VIES")                                                                                           \
	X(ee_registrikood, "Äriregister")                                                                                  \
	X(eg_tn, "ETA, tax registration number")                                                                           \
	X(email, "RFC 5321 4.1.2 and 4.5.3.1; IANA root zone; RFC 2606")                                                   \
	X(es_ccc, "CSB, código cuenta cliente")                                                                            \
	X(es_cif, "Orden EHA/451/2008")                                                                                    \
	X(es_cups, "CNMC, CUPS")                                                                                           \
	X(es_dni, "RD 1553/2005")                                                                                          \
	X(es_nie, "RD 557/2011")                                                                                           \
	X(es_nif, "RD 1065/2007")                                                                                          \
	X(es_nuss, "TGSS, NUSS")                                                                                           \
	X(es_postal_code, "Correos")                                                                                       \
	X(es_referenciacatastral, "Dirección General del Catastro")                                                        \
	X(eu_vat, "VIES")                                                                                                  \
	X(fi_alv, "Vero, ALV; PRH")                                                                                        \
	X(fi_hetu, "DVV, personal identity code; decree 690/2022")                                                         \
	X(fi_veronumero, "Vero, tax number")                                                                               \
	X(fi_ytunnus, "PRH, Y-tunnus")                                                                                     \
	X(figi, "OMG FIGI")                                                                                                \
	X(fo_vn, "TAKS, V-tal")                                                                                            \
	X(fr_nif, "DGFiP, SPI")                                                                                            \
	X(fr_nir, "INSEE, NIR")                                                                                            \
	X(fr_siren, "INSEE, SIREN")                                                                                        \
	X(fr_siret, "INSEE, SIRET")                                                                                        \
	X(fr_tva, "BOI-TVA-DECLA; VIES")                                                                                   \
	X(gb_driving_licence, "DVLA, driver number")                                                                       \
	X(gb_nhs, "NHS Data Dictionary, NHS NUMBER")                                                                       \
	X(gb_nino, "HMRC NIM39110")                                                                                        \
	X(gb_passport, "HM Passport Office")                                                                               \
	X(gb_postcode, "BS 7666; Royal Mail PAF")                                                                          \
	X(gb_sedol, "LSE, SEDOL Masterfile")                                                                               \
	X(gb_upn, "DfE, UPN guide")                                                                                        \
	X(gb_utr, "HMRC, UTR")                                                                                             \
	X(gb_vat, "HMRC, VAT number")                                                                                      \
	X(geo, "ISO 6709")                                                                                                 \
	X(gh_tin, "GRA, TIN")                                                                                              \
	X(github_token, "GitHub, token formats (CRC-32)")                                                                  \
	X(gn_nifp, "DGI Guinée, NIFp")                                                                                     \
	X(gr_amka, "IDIKA, AMKA")                                                                                          \
	X(gr_vat, "AADE, AFM")                                                                                             \
	X(gt_nit, "SAT, NIT")                                                                                              \
	X(hk_hkid, "Immigration Department, HKID")                                                                         \
	X(hr_oib, "Porezna uprava, OIB; ISO/IEC 7064 MOD 11,10")                                                           \
	X(hu_anum, "NAV, adószám")                                                                                         \
	X(hu_tin, "NAV, adóazonosító jel; Act XX of 1996")                                                                 \
	X(iban, "ISO 13616-1; SWIFT IBAN registry")                                                                        \
	X(iccid, "ITU-T E.118")                                                                                            \
	X(id_nik, "Dukcapil, NIK")                                                                                         \
	X(id_npwp, "DJP, NPWP")                                                                                            \
	X(ie_pps, "DSP, PPS number")                                                                                       \
	X(ie_vat, "Revenue; VIES")                                                                                         \
	X(il_hp, "Rasham HaHavarot")                                                                                       \
	X(il_idnr, "Population Authority, Mispar Zehut")                                                                   \
	X(imei, "3GPP TS 23.003 6.2; GSMA TS.06")                                                                          \
	X(imo, "IMO resolution A.1117(30)")                                                                                \
	X(imsi, "ITU-T E.212")                                                                                             \
	X(in_aadhaar, "UIDAI, Aadhaar numbering scheme")                                                                   \
	X(in_epic, "ECI, EPIC")                                                                                            \
	X(in_gstin, "GSTN")                                                                                                \
	X(in_pan, "Income Tax Department, PAN")                                                                            \
	X(in_passport, "Passport Seva")                                                                                    \
	X(in_vehicle_registration, "MoRTH, Central Motor Vehicles Rules")                                                  \
	X(in_vid, "UIDAI circular 1 of 2018")                                                                              \
	X(ip_address, "ipv4 or ipv6")                                                                                      \
	X(ipv4, "RFC 791; IANA special-purpose address registry")                                                          \
	X(ipv6, "RFC 4291; RFC 5952; IANA special-purpose address registry")                                               \
	X(ir_melli, "Sabt-e Ahval, national code")                                                                         \
	X(is_kennitala, "Þjóðskrá, kennitala")                                                                             \
	X(is_vsk, "Skatturinn, VSK")                                                                                       \
	X(isbn, "ISO 2108")                                                                                                \
	X(isin, "ISO 6166")                                                                                                \
	X(ismn, "ISO 10957")                                                                                               \
	X(isni, "ISO 27729")                                                                                               \
	X(iso11649, "ISO 11649")                                                                                           \
	X(iso7064_mod_11_10, "ISO/IEC 7064")                                                                               \
	X(iso7064_mod_97_10, "ISO/IEC 7064")                                                                               \
	X(isrc, "ISO 3901")                                                                                                \
	X(issn, "ISO 3297")                                                                                                \
	X(it_codicefiscale, "DM 23/12/1976")                                                                               \
	X(it_driver_license, "MIT, patente di guida")                                                                      \
	X(it_iva, "Agenzia delle Entrate")                                                                                 \
	X(jp_cn, "NTA, corporate number")                                                                                  \
	X(jp_in, "MIC ordinance 85 of 2014")                                                                               \
	X(jwt, "RFC 7515 3.1; RFC 7519")                                                                                   \
	X(ke_pin, "KRA, PIN")                                                                                              \
	X(kr_brn, "NTS, BRN")                                                                                              \
	X(kr_driver_license, "KoROAD")                                                                                     \
	X(kr_frn, "MOJ, foreigner registration")                                                                           \
	X(kr_frn_recent, "MOJ, registration of October 2020")                                                              \
	X(kr_rrn, "MOIS, RRN")                                                                                             \
	X(kr_rrn_recent, "MOIS, RRN of October 2020")                                                                      \
	X(latitude, "ISO 6709")                                                                                            \
	X(lei, "ISO 17442")                                                                                                \
	X(li_peid, "Steuerverwaltung, PEID")                                                                               \
	X(lk_nic, "Department for Registration of Persons, NIC")                                                           \
	X(longitude, "ISO 6709")                                                                                           \
	X(lt_asmens, "Register of residents")                                                                              \
	X(lt_pvm, "VMI; VIES")                                                                                             \
	X(lu_nin, "CTIE, matricule")                                                                                       \
	X(lu_tva, "AED; VIES")                                                                                             \
	X(luhn, "ISO/IEC 7812-1 annex B")                                                                                  \
	X(lv_pk, "PMLP, personas kods")                                                                                    \
	X(lv_pvn, "VID; VIES")                                                                                             \
	X(ma_ice, "DGI Maroc, ICE")                                                                                        \
	X(mac_address, "IEEE 802-2014 8.2")                                                                                \
	X(mc_tva, "DSF Monaco")                                                                                            \
	X(md_idno, "ASP, IDNO and IDNP")                                                                                   \
	X(me_pib, "Poreska uprava, PIB")                                                                                   \
	X(meid, "3GPP2 S.R0048")                                                                                           \
	X(mk_edb, "UJP, EDB")                                                                                              \
	X(mrz, "ICAO Doc 9303-4")                                                                                          \
	X(mt_vat, "CFR; VIES")                                                                                             \
	X(mu_nid, "Civil Status Division")                                                                                 \
	X(mx_curp, "RENAPO, instructivo CURP")                                                                             \
	X(mx_rfc, "SAT, RFC")                                                                                              \
	X(my_nric, "JPN, MyKad")                                                                                           \
	X(mz_nuit, "AT, NUIT")                                                                                             \
	X(ng_nin, "NIMC, NIN")                                                                                             \
	X(ng_vehicle_registration, "FRSC, National Vehicle Identification Scheme")                                         \
	X(nl_bsn, "RvIG, BSN")                                                                                             \
	X(nl_btw, "Belastingdienst; VIES")                                                                                 \
	X(nl_identiteitskaartnummer, "RvIG, document number")                                                              \
	X(nl_onderwijsnummer, "DUO")                                                                                       \
	X(nl_passport, "RvIG, document number; ICAO Doc 9303")                                                             \
	X(nl_postcode, "PostNL")                                                                                           \
	X(no_fodselsnummer, "Skatteetaten, fødselsnummer")                                                                 \
	X(no_kontonr, "Bits, kontonummer")                                                                                 \
	X(no_mva, "Skatteetaten")                                                                                          \
	X(no_orgnr, "Brønnøysundregistrene")                                                                               \
	X(nz_bankaccount, "IRD, RWT certificate specification")                                                            \
	X(nz_ird, "IRD, RWT certificate specification")                                                                    \
	X(nz_nhi, "HISO 10046")                                                                                            \
	X(om_vat, "Oman Tax Authority")                                                                                    \
	X(passport, "ICAO Doc 9303-3; issuing states")                                                                     \
	X(pe_cui, "RENIEC")                                                                                                \
	X(pe_ruc, "SUNAT, RUC")                                                                                            \
	X(ph_tin, "BIR, TIN")                                                                                              \
	X(phone, "ITU-T E.164 and its list of country codes; national numbering plans")                                    \
	X(phone_national, "ITU-T E.164 7; E.123")                                                                          \
	X(pk_cnic, "NADRA, CNIC")                                                                                          \
	X(pl_nip, "MF, NIP")                                                                                               \
	X(pl_pesel, "MSWiA, PESEL")                                                                                        \
	X(pl_regon, "GUS, REGON")                                                                                          \
	X(pt_cc, "AMA, cartão de cidadão")                                                                                 \
	X(pt_nif, "AT, NIF")                                                                                               \
	X(py_ruc, "DNIT, RUC")                                                                                             \
	X(ro_cf, "ro_cui or ro_cnp")                                                                                       \
	X(ro_cnp, "DEPABD, CNP")                                                                                           \
	X(ro_cui, "ANAF, CUI")                                                                                             \
	X(rs_pib, "Poreska uprava, PIB")                                                                                   \
	X(ru_inn, "FNS order ED-7-14/559")                                                                                 \
	X(ru_ogrn, "Minfin order 165n")                                                                                    \
	X(ru_snils, "PFR resolution 192p")                                                                                 \
	X(se_orgnr, "Bolagsverket")                                                                                        \
	X(se_personnummer, "Skatteverket SKV 704")                                                                         \
	X(se_postnummer, "PostNord")                                                                                       \
	X(se_samordningsnummer, "Skatteverket SKV 707")                                                                    \
	X(se_vat, "Skatteverket; VIES")                                                                                    \
	X(sg_nric_fin, "ICA, NRIC and FIN")                                                                                \
	X(sg_uen, "ACRA, UEN")                                                                                             \
	X(si_ddv, "FURS; VIES")                                                                                            \
	X(si_emso, "MNZ, EMŠO")                                                                                            \
	X(si_maticna, "AJPES")                                                                                             \
	X(sk_dph, "FR SR; VIES")                                                                                           \
	X(sk_ico, "ŠÚ SR")                                                                                                 \
	X(sk_rc, "Act 301/1995")                                                                                           \
	X(sn_ninea, "ANSD, NINEA")                                                                                         \
	X(stripe_key, "Stripe, API keys")                                                                                  \
	X(sv_nit, "DGII El Salvador")                                                                                      \
	X(th_moa, "Revenue Department")                                                                                    \
	X(th_pin, "DOPA")                                                                                                  \
	X(th_tin, "th_pin or th_moa")                                                                                      \
	X(tn_mf, "DGI Tunisie, matricule fiscal")                                                                          \
	X(tr_license_plate, "EGM, Karayolları Trafik Yönetmeliği")                                                         \
	X(tr_tckimlik, "NVI, TC kimlik")                                                                                   \
	X(tr_vkn, "GIB, VKN")                                                                                              \
	X(tw_id, "Ministry of the Interior")                                                                               \
	X(tw_ubn, "MOF, UBN")                                                                                              \
	X(ua_edrpou, "Derzhstat, EDRPOU")                                                                                  \
	X(ua_rntrc, "DPS, RNOKPP")                                                                                         \
	X(uk_vehicle_registration, "DVLA, INF104")                                                                         \
	X(us_aba_rtn, "ABA routing number policy")                                                                         \
	X(us_atin, "IRS, ATIN")                                                                                            \
	X(us_dea, "21 CFR 1301; DEA")                                                                                      \
	X(us_ein, "IRS, EIN prefixes")                                                                                     \
	X(us_itin, "IRS Publication 4757")                                                                                 \
	X(us_mbi, "CMS, MBI format")                                                                                       \
	X(us_npi, "45 CFR 162; CMS")                                                                                       \
	X(us_passport, "Department of State")                                                                              \
	X(us_ptin, "IRS, PTIN")                                                                                            \
	X(us_ssn, "SSA POMS RM 10201.035")                                                                                 \
	X(us_tin, "us_ssn, us_itin, us_ein, us_ptin or us_atin")                                                           \
	X(us_zip, "USPS")                                                                                                  \
	X(uuid, "RFC 9562")                                                                                                \
	X(uy_ci, "DNIC")                                                                                                   \
	X(uy_rut, "DGI Uruguay, RUT")                                                                                      \
	X(ve_rif, "SENIAT, RIF")                                                                                           \
	X(verhoeff, "J. Verhoeff, 1969")                                                                                   \
	X(vin, "ISO 3779; 49 CFR 565.15")                                                                                  \
	X(vn_cccd, "Decree 137/2015")                                                                                      \
	X(vn_mst, "GDT, MST")                                                                                              \
	X(yu_jmbg, "Zakon o uvođenju JMBG, 1976")                                                                          \
	X(za_idnr, "DHA, ID number")                                                                                       \
	X(za_tin, "SARS, tax reference")

#define CHECK_PROTOTYPE(name, source) enum check_class check_##name(const char *s, size_t len);
CHECK_LIST(CHECK_PROTOTYPE)
#undef CHECK_PROTOTYPE

#endif
