/* What each file in golden/ is about: a module `polls` that is wrong in one thing, and what is wrong with it. */
#ifndef TEST_LOADER_GOLDENS_H
#define TEST_LOADER_GOLDENS_H

#include "workshop.h"

#include <elf.h>

/* SERVICE is what the module provides: polls.v1, or something without which there is no server. */
#define HEAD               "#include <c18n/module.h>\n#include <assert.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
#define PROVIDES           "\"provides: \" SERVICE"
#define POLLS              "C18N_MODULE(polls, \"1.2.3\", \"Polls\", " PROVIDES
#define PLAIN              HEAD POLLS ")"
#define OTHER(facts)       HEAD "C18N_MODULE(other, \"1.0.0\", \"Other\", " facts ")"
#define INIT(lines)        HEAD "static int init(c18n_self *self)\n{\n" lines "\nreturn C18N_OK;\n}\n" POLLS ", .init = init)"
#define CONSTRUCTOR(lines) PLAIN ";\n__attribute__((constructor)) static void run(void)\n{\n" lines "\n}"

static inline void name_polls(const struct workshop *shop, char ret_path[256])
{
    snprintf(ret_path, 256, "%s/polls.so", shop->modules);
}

static inline void change_bytes(const struct workshop *shop, size_t offset, const void *bytes, size_t length)
{
    char path[256];
    name_polls(shop, path);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)offset, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void be_words(struct workshop *shop)
{
    workshop_write(shop->modules, "polls.so", "Not a module.\n", 14);
}

static inline void be_of_another_machine(struct workshop *shop)
{
    const uint16_t machine = EM_S390;
    change_bytes(shop, offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
}

static inline void be_of_32_bits(struct workshop *shop)
{
    const unsigned char bits = ELFCLASS32;
    change_bytes(shop, EI_CLASS, &bits, sizeof bits);
}

static inline void be_writable(struct workshop *shop)
{
    char path[256];
    name_polls(shop, path);
    assert_int_equal(chmod(path, 0646), 0);
}

static inline void be_foreign(struct workshop *shop)
{
    char path[256];
    name_polls(shop, path);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chown(path, 12345, 0), 0);
}

static inline void be_elsewhere(struct workshop *shop)
{
    char path[256], elsewhere[256];
    name_polls(shop, path);
    snprintf(elsewhere, sizeof elsewhere, "%s/polls.so", shop->path);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
}

static inline void be_gone(struct workshop *shop)
{
    be_elsewhere(shop);
    workshop_empty(shop->path);
}

static inline void be_surveys(struct workshop *shop)
{
    char path[256], other[256];
    name_polls(shop, path);
    snprintf(other, sizeof other, "%s/surveys.so", shop->modules);
    assert_int_equal(rename(path, other), 0);
}

static inline void be_surveys_too(struct workshop *shop)
{
    char command[512];
    snprintf(command, sizeof command, "cp %s/polls.so %s/surveys.so", shop->modules, shop->modules);
    assert_int_equal(system(command), 0);
}

/* A library that is there when the module is linked, and not when it is loaded. */
static inline void have_library(struct workshop *shop)
{
    char command[512];
    snprintf(command, sizeof command, "echo 'int tally;' | cc -shared -fPIC -x c -o %s/libtally.so -", shop->path);
    assert_int_equal(system(command), 0);
    snprintf(shop->flags, sizeof shop->flags, "-L%s -Wl,--no-as-needed -ltally", shop->path);
}

static inline void lose_library(struct workshop *shop)
{
    workshop_empty(shop->path);
}

static const struct golden {
    const char *name;
    const char *polls; /* its source */
    void (*spoil)(struct workshop *shop), (*prepare)(struct workshop *shop);
    const char *other; /* source of a second module; NULL: none */
    const char *out;   /* who is refused; NULL: polls */
    bool unread;       /* what it provides is not known, or not what this is about */
    bool polls_stays;
    bool hangs, as_root;
} goldens[] = {
    {"not_an_elf_file", PLAIN, be_words, .unread = true},
    {"other_architecture", PLAIN, be_of_another_machine, .unread = true},
    {"of_32_bits", PLAIN, be_of_32_bits, .unread = true},
    {"no_note", "int c18n_module_descriptor[99] = {0x6e383163}", .unread = true},
    {"no_descriptor", HEAD "#undef C18N_MODULE_SYMBOL\n#define C18N_MODULE_SYMBOL other\n" POLLS ")", .unread = true},
    {"other_major", HEAD "#undef C18N_ABI_MAJOR\n#define C18N_ABI_MAJOR 9\n" POLLS ")"},
    {"newer_minor", HEAD "#undef C18N_ABI_MINOR\n#define C18N_ABI_MINOR 77\n" POLLS ")"},
    {"struct_too_small", HEAD POLLS ", .size = 100)"},
    {"struct_too_large", HEAD POLLS ", .size = 100000)"},
    {"note_and_descriptor_disagree", HEAD POLLS ", .version = \"1.2.4\")"},
    {"unknown_fact", HEAD "C18N_MODULE(polls, \"1.2.3\", \"Polls\", \"require: a.v1; \" " PROVIDES ")", .unread = true},
    {"table_without_a_function",
     HEAD "static const c18n_timer timers[] = {{\"t\", 10, 0}};\n" POLLS ", .timers = C18N_ALL(timers))"},
    {"undefined_symbol", CONSTRUCTOR("extern int nobody_has_this(void); nobody_has_this();")},
    {"missing_library", PLAIN, lose_library, have_library},
    {"missing_required_service", HEAD "C18N_MODULE(polls, \"1.2.3\", \"Polls\", \"needs: votes.v1; \" " PROVIDES ")"},
    {"cycle", HEAD "C18N_MODULE(polls, \"1.2.3\", \"Polls\", \"needs: other.v1; \" " PROVIDES ")",
     .other = OTHER("\"needs: polls.v1; provides: other.v1\"")},
    {"duplicate_id", PLAIN, be_surveys_too, .out = "surveys", .polls_stays = true},
    {"other_name", PLAIN, be_surveys, .out = "surveys", .unread = true},
    {"second_provider", PLAIN, .other = OTHER("\"provides: polls.v1\""), .out = "other", .polls_stays = true},
    {"conflicting_provider", PLAIN, .other = OTHER("\"conflicts: polls.v1\""), .out = "other", .polls_stays = true},
    {"world_writable", PLAIN, be_writable, .unread = true},
    {"foreign_owned", PLAIN, be_foreign, .unread = true, .as_root = true},
    {"link_out_of_the_folder", PLAIN, be_elsewhere, .unread = true},
    {"link_to_nowhere", PLAIN, be_gone, .unread = true},
    {"crashes_in_constructor", CONSTRUCTOR("*(volatile int *)8 = 1;")},
    {"hangs_in_constructor", CONSTRUCTOR("for (;;) sleep(1);"), .hangs = true},
    {"exits_in_constructor", CONSTRUCTOR("_exit(3);")},
    {"crashes_in_init", INIT("*(volatile int *)8 = 1;")},
    {"asserts_in_init", INIT("assert(!\"a poll has two choices at least\");")},
    {"hangs_in_init", INIT("for (;;) sleep(1);"), .hangs = true},
    {"fails_in_init", INIT("c18n_log(self, C18N_LOG_ERROR, \"no room for polls\"); return C18N_NO_SPACE;")},
    {"fails_in_init_silently", INIT("return C18N_ERROR;")},
    {"crashes_in_check_config",
     HEAD "static int check(c18n_self *self)\n{\nabort();\n}\n" POLLS ", .check_config = check)"},
    {"does_not_provide", HEAD "C18N_MODULE(polls, \"1.2.3\", \"Polls\", \"provides: index.v1, \" SERVICE)"},
};

#endif
