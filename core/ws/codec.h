/**
 * codec.h: who makes frames of messages and messages of frames, when it is not us: a library behind our sockets.
 *
 * Everything else stays ours, for every engine: descriptors, rings, limits, time-outs, both handshakes, and the reader
 * that judges each byte before a codec sees it. So however lax a library is, nothing comes to it that breaks a rule.
 * Connections with permessage-deflate have no codec.
 */
#ifndef WS_CODEC_H
#define WS_CODEC_H

#include "ws/reader.h"
#include "ws/ws.h"

struct ws_codec_lane;
struct ws_codec_socket;

struct ws_codec {
    int (*lane_new)(struct ws_codec_lane **ret_lane);
    void (*lane_free)(struct ws_codec_lane *lane); /* NULL too; its sockets are gone */
    int (*open)(struct ws_codec_lane *lane, struct ws_codec_socket **ret_socket);
    void (*close)(struct ws_codec_socket *socket); /* NULL too */
    /** Takes bytes that the reader has found to be good, up to the end of what it found. A message gets its bytes,
     * which live until the next call; whatever is wrong makes it a fault. */
    void (*take)(struct ws_codec_socket *socket, const char *bytes, size_t length, struct ws_found *found);
    /** Makes the frame of a text or binary, behind what waits to be fetched. 0, or a C18N_ code. */
    int (*frame)(struct ws_codec_socket *socket, const struct ws_message *message);
    /** What is to be sent: frames, and answers to pings. A message of WS_RAW, the caller's; NULL: nothing, or no
     * memory.
     */
    struct ws_message *(*fetch)(struct ws_codec_socket *socket);
};

extern const struct ws_codec ws_codec_libwebsockets;

#endif
