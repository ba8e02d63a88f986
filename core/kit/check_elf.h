/**
 * check_elf.h: what an ELF file says about itself beyond what the loader asks: its symbols, its writable data, how it
 * wants to be linked. The file may be anything; nothing of it is run. Pure but for the arena.
 */
#ifndef KIT_CHECK_ELF_H
#define KIT_CHECK_ELF_H

#include "base/arena.h"
#include "base/text.h"

struct check_elf {
    bool instrumented; /* sanitizers or coverage: symbols and globals are not the author's */
    bool bind_now;
    bool text_relocations;
    bool runnable_stack;
    bool writable_code;
    struct text exported;  /* names but the descriptor's, ", " between them */
    struct text undefined; /* names, each with a NUL; weak ones are left out */
    struct text globals;   /* ".bss: cache (800 bytes)", ", " between them */
    struct text run_path;  /* as it stands */
};

/** Reads a shared object's tables. NULL, or what makes them unreadable. The texts are in the arena. */
const char *check_elf_read(const void *bytes, size_t length, struct arena *arena, struct check_elf *ret_elf);

#endif
