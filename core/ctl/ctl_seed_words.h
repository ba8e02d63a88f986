/** ctl_seed_words.h: what seeded people are called and talk about. Lists that end with NULL; never reorder: a seed must
 * stay a seed. */
#ifndef CTL_CTL_SEED_WORDS_H
#define CTL_CTL_SEED_WORDS_H

extern const char *const seed_given[], *const seed_family[], *const seed_places[];
extern const char *const seed_subjects[], *const seed_circles[];
extern const char *const seed_openers[], *const seed_verbs[], *const seed_things[], *const seed_details[],
                                                                                        *const seed_closers[];

#endif
