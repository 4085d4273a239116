/* SPDX-License-Identifier: MIT */
#include "find/risk.h"

#include <math.h>

#define HALVINGS 80
#define TERMS_MAX 1000000
#define TINY 1e-300

static double step_from_zero(double x) {
	return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions, by Lentz's method. It needs
 * some sqrt(max(a, b)) terms where x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b) {
	double c = 1, d = 1 / step_from_zero(1 - (a + b) * x / (a + 1)), product = d;
	for (double m = 1; m < TERMS_MAX; m++) {
		const double terms[] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
		                        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
		double change = 1;
		for (int i = 0; i < 2; i++) {
			d = 1 / step_from_zero(1 + terms[i] * d);
			c = step_from_zero(1 + terms[i] / c);
			change = d * c;
			product *= change;
		}
		if (fabs(change - 1) < 1e-14)
			break;
	}
	return product;
}

/* The regularized incomplete beta function: how probable it is that a beta-distributed number is at most x. */
static double beta_share(double x, double a, double b) {
	if (x <= 0 || x >= 1)
		return x >= 1;
	if (x > (a + 1) / (a + b + 2))
		return 1 - beta_share(1 - x, b, a);
	double front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x);
	return exp(front) / a * beta_fraction(x, a, b);
}

double risk_upper(uint64_t hits, uint64_t trials) {
	if (hits >= trials)
		return 1;
	if (!hits)
		return -expm1(log(1 - RISK_CONFIDENCE) / (double)trials);
	double low = (double)hits / (double)trials, high = 1;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		if (beta_share(middle, (double)hits + 1, (double)(trials - hits)) < RISK_CONFIDENCE)
			low = middle;
		else
			high = middle;
	}
	return high;
}
