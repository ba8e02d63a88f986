/** kit_new.h: what `c18nctl module new` does, for its tests. */
#ifndef KIT_KIT_NEW_H
#define KIT_KIT_NEW_H

#include "base/text.h"

/** Can a module be called so? Else `why` has a line that says what is wrong with it. */
bool kit_name_judge(const char *name, struct text *why);

/** Makes at/NAME from the template in `source`: all of it, or, when something fails, nothing. An exit code. `source` is
 *  not changed. */
int kit_new_from(char *source, const char *name, const char *at, struct text *say, struct text *why);

#endif
