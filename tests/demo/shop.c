/* SPDX-License-Identifier: MIT */
/* A shop that logs too much, for pictures: made-up customers, two statements that leak, one that does not. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *app, *payments;

static void __attribute__((noinline)) log_line(FILE *log, const char *text) {
	fputs(text, log);
	fflush(log);
}

static void __attribute__((noinline)) sign_up(unsigned customer) {
	static const char *const names[] = {"maija", "otso", "aino", "veikko", "tuuli", "ilmari"};
	static const char *const families[] = {"korhonen", "salmela", "rantanen", "hakala", "niskanen"};
	char line[160];
	snprintf(line, sizeof(line), "signup failed for %s.%s%u@kuusikoti.fi after %u ms\n", names[customer % 6],
	         families[customer % 5], customer, 20 + customer % 70);
	log_line(app, line);
}

/* The last digit makes it pass the check that shops make (Luhn). */
static unsigned check_digit(const char *digits) {
	unsigned sum = 0;
	for (int i = 0; i < 15; i++) {
		unsigned d = (unsigned)(digits[i] - '0') * (i % 2 ? 1 : 2);
		sum += d > 9 ? d - 9 : d;
	}
	return (10 - sum % 10) % 10;
}

static void __attribute__((noinline)) pay(unsigned customer) {
	char digits[17], line[160];
	snprintf(digits, sizeof(digits), "457199%09u", (customer * 7919u + 104729u) % 1000000000u);
	snprintf(line, sizeof(line), "payment declined card=%s%u amount=%u.90\n", digits, check_digit(digits),
	         10 + customer % 80);
	log_line(payments, line);
}

int main(int argc, char **argv) {
	if (argc != 3 || !(app = fopen(argv[1], "a")) || !(payments = fopen(argv[2], "a")))
		return 1;
	for (unsigned customer = 1; customer < 100000; customer++) {
		char line[80];
		snprintf(line, sizeof(line), "order %u placed, %u items\n", 70000 + customer, 1 + customer % 9);
		log_line(app, line);
		if (customer % 4 == 0 && (customer / 150) % 3 != 2)
			sign_up(customer);
		if (customer % 19 == 0)
			pay(customer);
		usleep(15000 + customer % 7 * 3000);
	}
	return 0;
}
