/** check_answers.h: is an answer what its route declares? What it isn't is told as a finding. */
#ifndef KIT_CHECK_ANSWERS_H
#define KIT_CHECK_ANSWERS_H

#include "kit/check_world.h"

/** Is there an answer, is it no fault of the server's side, and is its status one that the route declares? */
bool answer_status(struct world *world, enum check_rule rule, const struct question *question,
                   const c18n_test_answer *answer);
/** Of a 200: are its members those of the route's .answer? */
void answer_members(struct world *world, const struct question *question, const c18n_test_answer *answer);

/** Has an ack, besides `kind` and `id`, the members of the verb's .answer? */
void answer_ack(struct world *world, const c18n_verb *verb, const c18n_doc *ack);

#endif
