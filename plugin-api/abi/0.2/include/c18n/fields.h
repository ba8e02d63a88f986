/**
 * fields.h: tables of fields. One table validates a body or a query, words its 422s, says what an
 * answer shows, and becomes its schema in openapi.json.
 */
#ifndef C18N_FIELDS_H
#define C18N_FIELDS_H

#include "abi.h"

/** The type of a field. */
enum {
    C18N_FIELD_TEXT,
    C18N_FIELD_TEXTS, /**< an array of texts; in forms and queries also "a,b,c" */
    C18N_FIELD_INTEGER,
    C18N_FIELD_NUMBER,
    C18N_FIELD_BOOLEAN,
    C18N_FIELD_TIME,   /**< Unix seconds */
    C18N_FIELD_ID,     /**< a UUID in text */
    C18N_FIELD_LINK,   /**< in answers: an absolute URL made from `link` */
    C18N_FIELD_OBJECT, /**< any JSON value, passed through */
};

/** Flags of a field. */
enum {
    C18N_REQUIRED = 1,
    C18N_NULLABLE = 2,   /**< null may be given (and means: take the value away) */
    C18N_SECRET = 4,     /**< never logged, stored in events or shown in examples */
    C18N_READ_ONLY = 8,  /**< known, but 422 when a client sends it */
    C18N_MULTILINE = 16, /**< text may hold line breaks and tabs; else control characters are 422 */
    C18N_CSV = 32,       /**< TEXTS: in JSON also one text "a,b,c" */
};

/** A field of a body, a query, an answer, or an event's data. */
typedef struct c18n_field {
    const char *name;
    uint32_t type;
    uint32_t flags;
    /** TEXT: characters; TEXTS: items; numbers: value. Both 0: TEXT at most 65,536, else unbounded */
    int64_t min, max;
    int64_t item_max;    /**< TEXTS: characters of an item */
    const char *format;  /**< "email", "username", "uri": also checked; NULL: none */
    const char *choices; /**< "new top hot": the only values; NULL: free */
    const char *link;    /**< LINK: "/users/{created_by}", members of the record in braces */
    const char *from;    /**< in answers: the record's member when it has another name; NULL: the same */
    const char *help;
} c18n_field;

/** Shorthands for rows of field tables: C18N_TEXT("question", C18N_REQUIRED, .max = 300). */
/* clang-format off: it takes an initializer in a macro for a block */
#define C18N_TEXT(field, ...)                                                                                          \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_TEXT, .flags = __VA_ARGS__                                                 \
    }
#define C18N_TEXTS(field, ...)                                                                                         \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_TEXTS, .flags = __VA_ARGS__                                                \
    }
#define C18N_INTEGER(field, ...)                                                                                       \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_INTEGER, .flags = __VA_ARGS__                                              \
    }
#define C18N_NUMBER(field, ...)                                                                                        \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_NUMBER, .flags = __VA_ARGS__                                               \
    }
#define C18N_BOOLEAN(field, ...)                                                                                       \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_BOOLEAN, .flags = __VA_ARGS__                                              \
    }
#define C18N_TIME(field, ...)                                                                                          \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_TIME, .flags = __VA_ARGS__                                                 \
    }
#define C18N_ID(field, ...)                                                                                            \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_ID, .flags = __VA_ARGS__                                                   \
    }
#define C18N_OBJECT(field, ...)                                                                                        \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_OBJECT, .flags = __VA_ARGS__                                               \
    }
#define C18N_LINK(field, path)                                                                                         \
    {                                                                                                                  \
        .name = (field), .type = C18N_FIELD_LINK, .link = (path)                                                       \
    }
/* clang-format on */

#endif
