/**
 * messaging.h: what the files of this module share.
 *
 * messaging.c has every table and is the place to begin; each other file has one concept. A conversation is that of a
 * user-group, whose id it has, or of two people: "A:B", their ids in order. Its messages are a log: records with the id
 * "CONVERSATION/SEQ", where SEQ has twelve digits, so that the log is read in order without an index and its last
 * record says where it ends. No other record changes when somebody writes.
 */
#ifndef MESSAGING_MESSAGING_H
#define MESSAGING_MESSAGING_H

#include <c18n/module.h>
#include <c18n/providers/cache.h>
#include <c18n/providers/conversations.h>
#include <c18n/providers/ownership.h>

enum {
    MESSAGING_CONTENT_MAX = 16384, /* characters; with four bytes each they still fit a frame of 64 KiB */
    MESSAGING_MEDIA_MAX = 20,
    MESSAGING_POSITIONS_MAX = 1000,     /* of one resume */
    MESSAGING_UNREAD_MAX = 1000,        /* what is counted of one conversation */
    MESSAGING_CONVERSATIONS_MAX = 4096, /* of one person: what one list may have */
    MESSAGING_LISTENED_MAX = 3072,      /* when a socket opens; the rest of the host's 4,096 is for what is resumed */
};

/* Indexes, as messaging.c declares them. */
#define MESSAGES_BY_ID     "unique message"
#define MESSAGES_BY_CLIENT "unique client, by"
#define DIRECT_OF_USER     "direct_of, created_on desc"
#define LIKES_OF_MESSAGE   "message, created_on desc"
#define BLOCKS_OF_USER     "by, created_on desc"

/* Indexes of module usergroups. */
#define GROUPS_BY_ACTIVITY "community, active_on desc, activity desc"
#define MEMBERS_OF_GROUP   "group, created_on"
#define GROUPS_OF_USER     "user, community, created_on desc"

struct presence; /* presence.c */
struct typing;   /* typing.c */

/** The module's state: written in init, read by all threads after that. */
struct messaging {
    c18n_self *self;
    const c18n_service *ownership;
    const c18n_service *cache; /* NULL: none is loaded */
    struct presence *presence;
    struct typing *typing;
};

/** A conversation as one person sees it, most often the caller. */
struct conversation {
    const char *id;
    const char *group; /* NULL: it is of two people */
    const char *me;    /* who sees it so */
    const char *peer;  /* the other one, who may be the same; NULL: it is a group's */
};

/** Writes a frame's members behind `kind` and the conversation's. */
typedef void (*messaging_writes)(c18n_out *frame, const void *arg);

extern const c18n_table messaging_fields, messaging_conversation_fields, messaging_like_fields;
extern const c18n_table messaging_block_fields, messaging_presence_fields;

/* conversation.c: names of conversations and their logs; who is in one. */
int messaging_direct(c18n_request *rq, const char *me, const char *peer, struct conversation *ret) C18N_MUST_USE;
int messaging_group(c18n_request *rq, const char *id, const c18n_doc **ret_group) C18N_MUST_USE;
int messaging_find(c18n_request *rq, const char *id, const char *me, struct conversation *ret) C18N_MUST_USE;
int messaging_named(c18n_request *rq, struct conversation *ret) C18N_MUST_USE;
int messaging_by_key(c18n_request *rq, const char *key, struct conversation *ret) C18N_MUST_USE;
int messaging_which(c18n_request *rq, struct conversation *ret) C18N_MUST_USE;
int messaging_last(c18n_request *rq, const char *conversation, uint64_t *ret_seq) C18N_MUST_USE;
int messaging_log(c18n_request *rq, const char *conversation, uint64_t from, uint64_t until, bool reverse,
                  int (*item)(c18n_request *rq, const c18n_doc *message, void *arg), void *arg) C18N_MUST_USE;
const char *messaging_record_id(c18n_request *rq, const char *conversation, uint64_t seq);
const char *messaging_pair(c18n_request *rq, const char *left, const char *user);
const char *messaging_channel(c18n_request *rq, const char *me, const char *peer);
int messaging_member(c18n_request *rq, const struct conversation *conversation, const char *user,
                     const c18n_doc **ret_member) C18N_MUST_USE;
int messaging_begin(c18n_request *rq, const struct conversation *conversation, uint64_t *ret_seq) C18N_MUST_USE;
bool messaging_same(const char *left, const char *right);
int64_t messaging_now(c18n_request *rq);

/* access.c: who may do what. */
int messaging_take_part(c18n_request *rq, const struct conversation *conversation) C18N_MUST_USE;
int messaging_message(c18n_request *rq, struct conversation *ret, const c18n_doc **ret_message) C18N_MUST_USE;
bool messaging_is_mine(c18n_request *rq, const c18n_doc *message);
int messaging_refuse_archived(c18n_request *rq, const c18n_doc *group) C18N_MUST_USE;
int messaging_refuse_still(c18n_request *rq, const struct conversation *conversation) C18N_MUST_USE;
int messaging_may_take_part(c18n_request *rq, void *module);
int messaging_may_read(c18n_request *rq, void *module);
int messaging_may_edit(c18n_request *rq, void *module);
int messaging_may_remove(c18n_request *rq, void *module);
int messaging_may_look_back(c18n_request *rq, void *module);
int messaging_may_read_number(c18n_self *self, c18n_request *rq, const char *conversation, uint64_t number);

/* frames.c: messages as they are shown, and what is told to who listens. */
void messaging_out(c18n_out *out, const struct conversation *conversation, const c18n_doc *message);
const c18n_doc *messaging_shown(c18n_request *rq, const struct conversation *conversation, const c18n_doc *message);
int messaging_reply(c18n_request *rq, const struct conversation *conversation, const c18n_doc *message) C18N_MUST_USE;
c18n_out *messaging_frame(c18n_request *rq, const struct conversation *conversation, const char *kind);
int messaging_tell(c18n_request *rq, const struct conversation *conversation, const char *kind, messaging_writes write,
                   const void *arg) C18N_MUST_USE;
int messaging_tell_self(c18n_request *rq, const char *user, c18n_out *frame) C18N_MUST_USE;

/* message.c, admission.c: somebody writes. */
struct admission {         /* what was found out before somebody may write */
    const c18n_doc *group; /* NULL: of two people */
    bool first, stranger;  /* nobody has written yet; and the other one does not know who writes */
    bool accepts;          /* by writing they accept what was asked of them */
    bool pending;          /* the other one has not accepted yet */
};
int messaging_send(c18n_request *rq, void *module);
int messaging_admit(c18n_request *rq, const struct messaging *messaging, const struct conversation *conversation,
                    uint64_t last, struct admission *ret_admission) C18N_MUST_USE;
int messaging_judge(c18n_request *rq, const struct messaging *messaging,
                    const struct conversation *conversation) C18N_MUST_USE;
int messaging_refuse_empty(c18n_request *rq, const char *content, const c18n_doc *with) C18N_MUST_USE;

/* edit.c, likes.c */
int messaging_get(c18n_request *rq, void *module);
int messaging_edit(c18n_request *rq, void *module);
int messaging_delete(c18n_request *rq, void *module);
int messaging_history(c18n_request *rq, void *module);
int messaging_like(c18n_request *rq, void *module);
int messaging_put_like(c18n_request *rq, void *module);
int messaging_put_dislike(c18n_request *rq, void *module);
int messaging_take_like(c18n_request *rq, void *module);
int messaging_likes(c18n_request *rq, void *module);

/* list.c, conversations.c */
int messaging_list(c18n_request *rq, void *module);
int messaging_conversations(c18n_request *rq, void *module);
int messaging_reply_conversation(c18n_request *rq, const struct conversation *conversation) C18N_MUST_USE;

/* read.c, mute.c */
int messaging_read(c18n_request *rq, void *module);
int messaging_mute(c18n_request *rq, void *module);
int messaging_unmute(c18n_request *rq, void *module);

/* requests.c, blocks.c: how people keep others away. */
const char *messaging_status(const c18n_doc *member);
bool messaging_listens(const c18n_doc *member);
int messaging_accept(c18n_request *rq, void *module);
int messaging_decline(c18n_request *rq, void *module);
int messaging_blocked(c18n_request *rq, const char *by, const char *user, bool *ret_blocked) C18N_MUST_USE;
int messaging_apart(c18n_request *rq, const char *me, const char *peer, bool *ret_apart) C18N_MUST_USE;
int messaging_block(c18n_request *rq, void *module);
int messaging_unblock(c18n_request *rq, void *module);
int messaging_blocks(c18n_request *rq, void *module);

/* sockets.c, resume.c, typing.c */
int messaging_opened(c18n_request *rq, void *module);
void messaging_closed(c18n_self *self, const char *user, uint32_t left);
int messaging_catch_up(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module);
int messaging_may_listen(c18n_request *rq, const struct conversation *conversation, uint64_t *ret_begin) C18N_MUST_USE;
int messaging_resume(c18n_request *rq, void *module);
int messaging_type(c18n_request *rq, void *module);
struct typing *messaging_typing_new(void);
void messaging_typing_free(struct typing *typing);

/* presence.c, present.c: who is there. */
struct presence *messaging_presence_new(void);
void messaging_presence_free(struct presence *presence);
void messaging_arrived(struct messaging *messaging, const char *user);
void messaging_departed(struct messaging *messaging, const char *user);
bool messaging_is_present(struct messaging *messaging, const char *user);
int messaging_presence_turn(c18n_request *rq, void *module);
int messaging_present(c18n_request *rq, void *module);

/* members.c: what happens to groups. */
int messaging_after_create(c18n_request *rq, const c18n_doc *subject, void *module);
int messaging_after_delete(c18n_request *rq, const c18n_doc *subject, void *module);
int messaging_after_join(c18n_request *rq, const c18n_doc *subject, void *module);
int messaging_after_leave(c18n_request *rq, const c18n_doc *subject, void *module);

/* server.c */
int messaging_check_config(c18n_self *self);
int messaging_server(c18n_request *rq, void *module);

/* transfer.c */
int messaging_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int messaging_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);

/* apply.c, apply_people.c */
int messaging_apply(const c18n_event *event, c18n_changes *changes);
int messaging_apply_people(const c18n_event *event, c18n_changes *changes);

#endif
