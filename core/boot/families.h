/** families.h: fills the table that modules see. */
#ifndef BOOT_FAMILIES_H
#define BOOT_FAMILIES_H

#include "c18n/timer.h"
#include "c18n/work.h"

void families_fill(c18n_host *host);

extern const c18n_work_family boot_work_family;   /* work.c */
extern const c18n_timer_family boot_timer_family; /* timers.c */

#endif
