/* elf.c: the note and the descriptor's frozen head, out of a file that may be anything.
 *
 * Every offset in the file is a claim; view.h checks them. The descriptor's
 * head holds plain numbers, so the file has them as they will be in memory. */
#include "loader/inside.h"

#include "loader/view.h"

#include <elf.h>
#include <string.h>

enum { HEADERS_MOST = 256, SECTIONS_MOST = 65536 };

uint16_t elf_host_machine(void)
{
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__riscv)
    return EM_RISCV;
#elif defined(__powerpc64__)
    return EM_PPC64;
#else
#error "Name this machine's ELF number here."
#endif
}

static const char *elf_head(const struct view *file, Elf64_Ehdr *ret_head, struct elf_facts *facts)
{
    if (!view_take(file, 0, ret_head, sizeof *ret_head) || memcmp(ret_head->e_ident, ELFMAG, SELFMAG) != 0)
        return "it must be an ELF file";
    if (ret_head->e_ident[EI_CLASS] != ELFCLASS64 || ret_head->e_ident[EI_DATA] != ELFDATA2LSB)
        return "it must be a 64-bit little-endian ELF file";
    facts->machine = ret_head->e_machine;
    if (ret_head->e_machine != elf_host_machine())
        return "it must be built for this machine's architecture";
    if (ret_head->e_type != ET_DYN)
        return "it must be a shared object";
    return NULL;
}

static uint64_t padded(uint64_t length, uint64_t alignment)
{
    return (length + alignment - 1) & ~(alignment - 1);
}

/* Looks through one segment of notes for ours. */
static bool elf_note_in(const struct view *file, const Elf64_Phdr *segment, struct elf_facts *facts)
{
    static const char name[8] = "c18n";
    uint64_t alignment = segment->p_align == 8 ? 8 : 4, offset = 0;
    if (!view_slice(file, segment->p_offset, segment->p_filesz))
        return false;
    while (segment->p_filesz - offset >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr head;
        if (!view_take(file, segment->p_offset + offset, &head, sizeof head))
            return false;
        uint64_t name_at = offset + sizeof head, text_at = name_at + padded(head.n_namesz, alignment);
        uint64_t end = text_at + padded(head.n_descsz, alignment);
        if (end > segment->p_filesz)
            return false;
        const unsigned char *own_name = view_slice(file, segment->p_offset + name_at, sizeof name);
        if (own_name && head.n_namesz == 5 && head.n_type == C18N_NOTE_TYPE && memcmp(own_name, name, 5) == 0 &&
            head.n_descsz > 0 && head.n_descsz < sizeof facts->note)
            return view_take(file, segment->p_offset + text_at, facts->note, head.n_descsz);
        offset = end;
    }
    return false;
}

static bool elf_note(const struct view *file, const Elf64_Ehdr *head, struct elf_facts *facts)
{
    for (unsigned i = 0; i < head->e_phnum && i < HEADERS_MOST; i++) {
        Elf64_Phdr segment;
        if (!view_take(file, head->e_phoff + (uint64_t)i * sizeof segment, &segment, sizeof segment))
            return false;
        if (segment.p_type == PT_NOTE && elf_note_in(file, &segment, facts))
            return true;
    }
    return false;
}

/* Where the bytes of a run-time address are in the file. */
static bool elf_offset_of(const struct view *file, const Elf64_Ehdr *head, uint64_t address, uint64_t *ret_offset)
{
    for (unsigned i = 0; i < head->e_phnum && i < HEADERS_MOST; i++) {
        Elf64_Phdr segment;
        if (!view_take(file, head->e_phoff + (uint64_t)i * sizeof segment, &segment, sizeof segment))
            return false;
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
            continue;
        *ret_offset = segment.p_offset + (address - segment.p_vaddr);
        return true;
    }
    return false;
}

static bool elf_is_descriptor(const struct view *file, const Elf64_Shdr *strings, const Elf64_Sym *symbol)
{
    static const char name[] = C18N_TEXT_OF(C18N_MODULE_SYMBOL);
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_name >= strings->sh_size ||
        strings->sh_size - symbol->st_name < sizeof name)
        return false;
    const unsigned char *own = view_slice(file, strings->sh_offset + symbol->st_name, sizeof name);
    return own && memcmp(own, name, sizeof name) == 0;
}

static bool elf_take_descriptor(const struct view *file, const Elf64_Ehdr *head, const Elf64_Sym *symbol,
                                struct elf_facts *facts)
{
    struct {
        uint32_t magic;
        uint16_t major, minor_built, minor_needed, reserved;
        uint32_t size;
    } frozen;
    uint64_t offset;
    if (!elf_offset_of(file, head, symbol->st_value, &offset) || !view_take(file, offset, &frozen, sizeof frozen))
        return false;
    if (frozen.magic != C18N_ABI_MAGIC)
        return false;
    facts->major = frozen.major;
    facts->minor_built = frozen.minor_built;
    facts->minor_needed = frozen.minor_needed;
    facts->size = frozen.size;
    facts->symbol_size = symbol->st_size;
    return facts->has_descriptor = true;
}

static bool elf_section(const struct view *file, const Elf64_Ehdr *head, unsigned number, Elf64_Shdr *ret_section)
{
    return number < head->e_shnum &&
           view_take(file, head->e_shoff + (uint64_t)number * sizeof *ret_section, ret_section, sizeof *ret_section);
}

static bool elf_descriptor(const struct view *file, const Elf64_Ehdr *head, struct elf_facts *facts)
{
    Elf64_Shdr symbols, strings;
    unsigned number = 0;
    do {
        if (!elf_section(file, head, number++, &symbols))
            return false;
    } while (symbols.sh_type != SHT_DYNSYM);
    if (!elf_section(file, head, symbols.sh_link, &strings) || !view_slice(file, symbols.sh_offset, symbols.sh_size))
        return false;
    for (uint64_t at = 0; symbols.sh_size - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        if (view_take(file, symbols.sh_offset + at, &symbol, sizeof symbol) &&
            elf_is_descriptor(file, &strings, &symbol))
            return elf_take_descriptor(file, head, &symbol, facts);
    }
    return false;
}

const char *elf_read(const unsigned char *bytes, size_t length, struct elf_facts *ret_facts)
{
    const struct view file = {bytes, length};
    Elf64_Ehdr head;
    *ret_facts = (struct elf_facts){0};
    const char *rule = elf_head(&file, &head, ret_facts);
    if (rule)
        return rule;
    if (head.e_phentsize != sizeof(Elf64_Phdr) || !elf_note(&file, &head, ret_facts))
        return "it must carry the note that C18N_MODULE makes";
    if (head.e_shentsize != sizeof(Elf64_Shdr) || !elf_descriptor(&file, &head, ret_facts))
        return "it must export the symbol " C18N_TEXT_OF(C18N_MODULE_SYMBOL);
    return NULL;
}
