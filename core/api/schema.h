/**
 * schema.h: JSON Schemas made from field tables, for openapi.json and asyncapi.json.
 *
 * A schema says exactly what fields_value.c takes, no more and no less: clients generate code from it, and
 * testers send what it allows and what it doesn't. Who changes a rule there changes it here.
 */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include "c18n/fields.h"
#include "c18n/json.h"

struct hook_point; /* hooks.h */

enum schema_use {
    SCHEMA_JSON,   /* a JSON body */
    SCHEMA_FORM,   /* a form or a query: everything is text */
    SCHEMA_ANSWER, /* what the server gives: types, not bounds */
};

/** Writes a member `name` (NULL: an item of an array): the schema of an object with these fields. */
void schema_object(c18n_out *out, const char *name, const c18n_table *fields, enum schema_use use);
/** The same, where one of some fields must be given: those of `one_of` ("email username") that the table has. */
void schema_object_one_of(c18n_out *out, const char *name, const c18n_table *fields, enum schema_use use,
                          const char *one_of);
/** The schema of what is answered by a table, and of the members that hooks on its render point add (NULL: none does).
 */
void schema_answer(c18n_out *out, const char *name, const c18n_table *fields, const struct hook_point *added);
/** The schema of one field. */
void schema_field(c18n_out *out, const char *name, const c18n_field *field, enum schema_use use);
/** The schema of an id: a UUID in canonical form. */
void schema_id(c18n_out *out, const char *name);
/** Does an object with these fields have one that must be given? */
bool schema_has_required(const c18n_table *fields);

/* --- inside: schema_pattern.c --- */

enum { SCHEMA_PATTERN_MAX = 4096 };
/** The regular expression (ECMA 262) of a text field: control characters, blanks, formats. `empty`: "" is taken too. */
void schema_text_pattern(const c18n_field *field, bool empty, char ret_pattern[SCHEMA_PATTERN_MAX]);
/** Of an item of a list. */
void schema_item_pattern(char ret_pattern[SCHEMA_PATTERN_MAX]);
/** Of an item in a form, without commas; `empty`: one that is passed over is fine too. */
void schema_form_item_pattern(const c18n_field *field, bool empty, char ret_pattern[SCHEMA_PATTERN_MAX]);
/** Of a list written as one text with commas between its items. */
void schema_csv_pattern(const c18n_field *field, char ret_pattern[SCHEMA_PATTERN_MAX]);

#endif
