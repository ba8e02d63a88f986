/* frozen.c: what no minor may ever change, said to the compiler. It is compiled with every build.
 *
 * A struct is listed here when one side makes it and the other reads or copies the whole of it, without a size or a
 * stride to go by: so it can't grow. All others grow at their end only, which gate.py watches. */
#include <c18n/module.h>
#include <c18n/providers/index.h>
#include <c18n/providers/storage.h>
#if C18N_ABI_MINOR >= 2
#include <c18n/testhost.h>
#endif

/* The descriptor's head is read from the file before anything of the module is believed. */
_Static_assert(offsetof(c18n_module, magic) == 0, "frozen");
_Static_assert(offsetof(c18n_module, major) == 4, "frozen");
_Static_assert(offsetof(c18n_module, minor_built) == 6, "frozen");
_Static_assert(offsetof(c18n_module, minor_needed) == 8, "frozen");
_Static_assert(offsetof(c18n_module, reserved) == 10, "frozen");
_Static_assert(offsetof(c18n_module, size) == 12, "frozen");
_Static_assert(offsetof(c18n_module, id) == 16, "frozen");
_Static_assert(C18N_ABI_MAGIC == 0x6e383163, "frozen");

/* Every handle begins with the host's table, and the host's with its size and version. */
_Static_assert(offsetof(c18n_host, size) == 0 && offsetof(c18n_host, major) == 4, "frozen");
_Static_assert(offsetof(c18n_host, minor) == 6 && offsetof(c18n_host, query) == 8, "frozen");
_Static_assert(offsetof(c18n_self, host) == 0, "frozen");
_Static_assert(offsetof(struct c18n_request_head, host) == 0, "frozen");
_Static_assert(offsetof(c18n_doc, host) == 0, "frozen");
_Static_assert(offsetof(c18n_out, host) == 0, "frozen");
_Static_assert(offsetof(c18n_event, host) == 0, "frozen");
_Static_assert(offsetof(c18n_changes, host) == 0, "frozen");
#if C18N_ABI_MINOR >= 3
_Static_assert(offsetof(c18n_frames, host) == 0, "frozen");
#endif

/* Parts of other structs, arguments by value, and what the other side fills. Their sizes where pointers have 64 bits.
 */
#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(c18n_table) == 16, "frozen");
_Static_assert(sizeof(c18n_bytes) == 16, "frozen");
_Static_assert(sizeof(c18n_family) == 8, "frozen");
_Static_assert(sizeof(c18n_person) == 24, "frozen");
_Static_assert(sizeof(c18n_token) == 40, "frozen");
_Static_assert(sizeof(c18n_range) == 40, "frozen");
_Static_assert(sizeof(c18n_record) == 168, "frozen");
_Static_assert(sizeof(c18n_index_field) == 32, "frozen");
#if C18N_ABI_MINOR >= 2
/* Tests are linked with the test host's library and pass these by value, or whole. */
_Static_assert(sizeof(c18n_test_options) == 120, "frozen, once 0.2 is released");
_Static_assert(sizeof(c18n_test_person) == 48, "frozen, once 0.2 is released");
_Static_assert(sizeof(c18n_test_answer) == 48, "frozen, once 0.2 is released");
#endif
#endif
