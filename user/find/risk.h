/* SPDX-License-Identifier: MIT */
/* How much may leak beyond what was found. Pure functions. */
#ifndef FIND_RISK_H
#define FIND_RISK_H

#include <stdint.h>

#define RISK_CONFIDENCE 0.95

/*
 * The highest share of leaking records that is still consistent, with RISK_CONFIDENCE, with having found `hits` in
 * `trials`: the upper end of the one-sided interval of Clopper and Pearson (Biometrika 26, 1934). About 3 / trials
 * where there was no hit; 1 where there was no trial.
 */
double risk_upper(uint64_t hits, uint64_t trials);

#endif
