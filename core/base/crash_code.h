/** crash_code.h: whose code an address lies in. A table that is filled at start and read by the crash handler. */
#ifndef BASE_CRASH_CODE_H
#define BASE_CRASH_CODE_H

enum crash_owner { OWNER_LIBRARY, OWNER_CORE, OWNER_MODULE };

/** Takes in the code of the program itself. */
void crash_code_init(void);
/** Takes in a module's code, by the path that it was loaded from. Before other threads run. */
void crash_code_add(const char *module, const char *file);
/** *ret_module: its id, when a module's code is there. Async-signal-safe. */
enum crash_owner crash_code_owner(const void *address, const char **ret_module);

#endif
