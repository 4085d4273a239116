/* SPDX-License-Identifier: MIT */
/* The table behind a configuration: for the files of app/config.h alone. */
#ifndef APP_CONFIG_FIELDS_H
#define APP_CONFIG_FIELDS_H

#include "app/config.h"

/* Of one file; mistakes go to its diagnostics. */
void config_fields_read(struct config *c, struct yaml *y);
void config_fields_release(struct config *c);

#endif
