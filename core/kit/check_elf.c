/* check_elf.c: symbols, sections and dynamic entries of a file that may be anything; view.h is the only way to bytes.
 */
#include "kit/check_elf.h"

#include "c18n/module.h"
#include "loader/view.h"

#include <elf.h>
#include <string.h>

enum { SEGMENTS_MOST = 256, SECTIONS_MOST = 4096, SYMBOLS_MOST = 1000000, DYNAMIC_MOST = 4096, NAME_MOST = 256 };

struct reader {
    struct view file;
    Elf64_Ehdr head;
    struct check_elf *elf;
    uint64_t relro_from, relro_to; /* made read-only after relocation */
    bool has_stack_header;
};

/* A name out of a string table; "" when it isn't there or too long. */
static void read_name(const struct reader *reader, const Elf64_Shdr *strings, uint64_t at, char ret_name[NAME_MOST])
{
    ret_name[0] = '\0';
    if (at >= strings->sh_size)
        return;
    uint64_t room = strings->sh_size - at < NAME_MOST ? strings->sh_size - at : NAME_MOST;
    const unsigned char *name = view_slice(&reader->file, strings->sh_offset + at, room);
    if (name && memchr(name, '\0', room))
        memcpy(ret_name, name, strlen((const char *)name) + 1);
}

static bool read_section(const struct reader *reader, unsigned number, Elf64_Shdr *ret_section)
{
    return number < reader->head.e_shnum && number < SECTIONS_MOST &&
           view_take(&reader->file, reader->head.e_shoff + (uint64_t)number * sizeof *ret_section, ret_section,
                     sizeof *ret_section);
}

static bool section_of_type(const struct reader *reader, uint32_t type, Elf64_Shdr *ret_section)
{
    for (unsigned i = 0; read_section(reader, i, ret_section); i++)
        if (ret_section->sh_type == type)
            return true;
    return false;
}

static void section_name(const struct reader *reader, const Elf64_Shdr *section, char ret_name[NAME_MOST])
{
    Elf64_Shdr strings;
    ret_name[0] = '\0';
    if (read_section(reader, reader->head.e_shstrndx, &strings))
        read_name(reader, &strings, section->sh_name, ret_name);
}

/* --- segments --- */

static void take_segment(struct reader *reader, const Elf64_Phdr *segment)
{
    struct check_elf *elf = reader->elf;
    if (segment->p_type == PT_GNU_STACK) {
        reader->has_stack_header = true;
        elf->runnable_stack = segment->p_flags & PF_X;
    }
    if (segment->p_type == PT_LOAD && (segment->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
        elf->writable_code = true;
    if (segment->p_type == PT_GNU_RELRO) {
        reader->relro_from = segment->p_vaddr;
        reader->relro_to = segment->p_vaddr + segment->p_memsz;
    }
}

static void take_segments(struct reader *reader)
{
    Elf64_Phdr segment;
    for (unsigned i = 0; i < reader->head.e_phnum && i < SEGMENTS_MOST; i++)
        if (view_take(&reader->file, reader->head.e_phoff + (uint64_t)i * sizeof segment, &segment, sizeof segment))
            take_segment(reader, &segment);
    if (!reader->has_stack_header)
        reader->elf->runnable_stack = true; /* what the kernel takes a missing one for */
}

/* --- the dynamic section --- */

static void take_dynamic(struct reader *reader)
{
    Elf64_Shdr section, strings;
    Elf64_Dyn entry;
    char path[NAME_MOST];
    if (!section_of_type(reader, SHT_DYNAMIC, &section) || !read_section(reader, section.sh_link, &strings))
        return;
    for (uint64_t i = 0; i < DYNAMIC_MOST && (i + 1) * sizeof entry <= section.sh_size; i++) {
        if (!view_take(&reader->file, section.sh_offset + i * sizeof entry, &entry, sizeof entry))
            return;
        struct check_elf *elf = reader->elf;
        elf->bind_now |= entry.d_tag == DT_BIND_NOW || (entry.d_tag == DT_FLAGS && entry.d_un.d_val & DF_BIND_NOW) ||
                         (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_NOW);
        elf->text_relocations |=
            entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && entry.d_un.d_val & DF_TEXTREL);
        if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) {
            read_name(reader, &strings, entry.d_un.d_val, path);
            text_print(&elf->run_path, "%s%s", elf->run_path.length ? ":" : "", path);
        }
    }
}

/* --- symbols --- */

struct symbol {
    Elf64_Sym entry;
    char name[NAME_MOST];
};

static void each_symbol(struct reader *reader, uint32_t table,
                        void (*each)(struct reader *reader, const struct symbol *symbol))
{
    Elf64_Shdr section, strings;
    struct symbol symbol;
    if (!section_of_type(reader, table, &section) || !read_section(reader, section.sh_link, &strings))
        return;
    for (uint64_t i = 1; i < SYMBOLS_MOST && (i + 1) * sizeof symbol.entry <= section.sh_size; i++) {
        if (!view_take(&reader->file, section.sh_offset + i * sizeof symbol.entry, &symbol.entry, sizeof symbol.entry))
            return;
        read_name(reader, &strings, symbol.entry.st_name, symbol.name);
        if (symbol.name[0] != '\0')
            each(reader, &symbol);
    }
}

static bool begins_with_any(const char *name, const char *const *beginnings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

static void look_for_instruments(struct reader *reader, const struct symbol *symbol)
{
    static const char *const marks[] = {"__asan_", "__ubsan_",    "__tsan_",  "__msan_",    "__sanitizer_",
                                        "__gcov_", "__llvm_prof", "__sancov", "__odr_asan", "__llvm_gcov"};
    if (begins_with_any(symbol->name, marks, sizeof marks / sizeof *marks))
        reader->elf->instrumented = true;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void take_dynamic_symbol(struct reader *reader, const struct symbol *symbol)
{
    /* What old linkers put into every shared object. */
    static const char *const usual[] = {
        C18N_TEXT_OF(C18N_MODULE_SYMBOL), "_init", "_fini", "_edata", "_end", "__bss_start"};
    struct check_elf *elf = reader->elf;
    unsigned bind = ELF64_ST_BIND(symbol->entry.st_info), visibility = ELF64_ST_VISIBILITY(symbol->entry.st_other);
    if (bind == STB_LOCAL)
        return;
    if (symbol->entry.st_shndx == SHN_UNDEF) {
        if (bind != STB_WEAK)
            text_add(&elf->undefined, symbol->name, strlen(symbol->name) + 1);
    } else if ((visibility == STV_DEFAULT || visibility == STV_PROTECTED) &&
               !is_one_of(symbol->name, usual, sizeof usual / sizeof *usual)) {
        text_print(&elf->exported, "%s%s", elf->exported.length ? ", " : "", symbol->name);
    }
}

/* --- writable data --- */

static bool is_writable(const struct reader *reader, const Elf64_Shdr *section)
{
    bool in_relro = section->sh_addr >= reader->relro_from && section->sh_addr < reader->relro_to;
    bool thread_local_too = section->sh_flags & SHF_TLS; /* each thread has its own copy, which is writable */
    return section->sh_flags & SHF_ALLOC && section->sh_flags & SHF_WRITE && section->sh_size > 0 &&
           (!in_relro || thread_local_too);
}

static void take_global(struct reader *reader, const struct symbol *symbol)
{
    /* What the C start files have in .data and .bss. */
    static const char *const start_files[] = {"__dso_handle", "__TMC_END__", "__EH_FRAME_BEGIN__"};
    unsigned type = ELF64_ST_TYPE(symbol->entry.st_info);
    Elf64_Shdr section;
    char name[NAME_MOST];
    bool is_data = type == STT_OBJECT || type == STT_TLS || type == STT_COMMON;
    if (!is_data || !read_section(reader, symbol->entry.st_shndx, &section) || !is_writable(reader, &section) ||
        strncmp(symbol->name, "completed.", 10) == 0 || symbol->entry.st_size == 0 ||
        is_one_of(symbol->name, start_files, sizeof start_files / sizeof *start_files))
        return;
    section_name(reader, &section, name);
    text_print(&reader->elf->globals, "%s%s: %s (%llu bytes)", reader->elf->globals.length ? ", " : "", name,
               symbol->name, (unsigned long long)symbol->entry.st_size);
}

/* A stripped file has no names. The start files put one pointer into .data and one flag into .bss. */
static void take_sizes(struct reader *reader)
{
    static const char *const usual[] = {".data", ".bss"};
    Elf64_Shdr section;
    char name[NAME_MOST];
    for (unsigned i = 0; read_section(reader, i, &section); i++) {
        section_name(reader, &section, name);
        uint64_t own = is_one_of(name, usual, sizeof usual / sizeof *usual) ? 2 * sizeof(void *) : 0;
        if (is_writable(reader, &section) && section.sh_size > own && section.sh_type != SHT_INIT_ARRAY &&
            section.sh_type != SHT_FINI_ARRAY && section.sh_type != SHT_DYNAMIC && strncmp(name, ".got", 4) != 0 &&
            strncmp(name, ".tm_clone", 9) != 0)
            text_print(&reader->elf->globals, "%s%s: %llu bytes (the file is stripped: no names)",
                       reader->elf->globals.length ? ", " : "", name, (unsigned long long)section.sh_size);
    }
}

const char *check_elf_read(const void *bytes, size_t length, struct arena *arena, struct check_elf *ret_elf)
{
    struct reader reader = {.file = {bytes, length}, .elf = ret_elf};
    Elf64_Shdr symbols;
    *ret_elf = (struct check_elf){0};
    struct text *const texts[] = {&ret_elf->exported, &ret_elf->undefined, &ret_elf->globals, &ret_elf->run_path};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_init(texts[i], arena, 0);
    if (!view_take(&reader.file, 0, &reader.head, sizeof reader.head) ||
        reader.head.e_phentsize != sizeof(Elf64_Phdr) || reader.head.e_shentsize != sizeof(Elf64_Shdr))
        return "its tables of segments and sections can't be read";
    if (!section_of_type(&reader, SHT_DYNSYM, &symbols))
        return "it has no table of dynamic symbols";
    take_segments(&reader);
    take_dynamic(&reader);
    each_symbol(&reader, SHT_DYNSYM, look_for_instruments);
    each_symbol(&reader, SHT_SYMTAB, look_for_instruments);
    each_symbol(&reader, SHT_DYNSYM, take_dynamic_symbol);
    if (section_of_type(&reader, SHT_SYMTAB, &symbols))
        each_symbol(&reader, SHT_SYMTAB, take_global);
    else
        take_sizes(&reader);
    return NULL;
}
