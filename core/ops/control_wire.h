/**
 * control_wire.h: what the two sides of the control socket say.
 *
 * The client sends one control_ask with three descriptors (SCM_RIGHTS), then its arguments, each with its
 * NUL. The server answers one control_reply when the command has ended. A closed connection is the sign that
 * the other side has gone. Both sides are the same build on the same machine.
 */
#ifndef OPS_CONTROL_WIRE_H
#define OPS_CONTROL_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CONTROL_MAGIC UINT32_C(0x6374726c)
enum { CONTROL_DESCRIPTORS = 3, CONTROL_ARGUMENTS = 256, CONTROL_BYTES = 64 * 1024 };

struct control_ask {
    uint32_t magic, argc, length; /* length: of all arguments together */
};

struct control_reply {
    uint32_t magic;
    int32_t code;      /* C18N_OK: the command ran; C18N_BUSY, C18N_BAD_REQUEST */
    int32_t exit_code; /* of the command */
};

/** The address of STATE_DIR/control.sock. A folder whose name is too long for a socket's address is reached by an open
 *  descriptor, *ret_folder, that the caller closes (-1: none). 0 or a C18N_ code. */
int control_address(const char *state_dir, struct sockaddr_un *ret_address, int *ret_folder);

struct control;

struct control_command { /* one call, on the server's side; its thread frees it */
    struct control *control;
    int connection;
    int fds[CONTROL_DESCRIPTORS]; /* -1: none came */
    char *bytes;                  /* the arguments */
    char *argv[CONTROL_ARGUMENTS + 1];
    int argc;
};

/** Reads what a client asks for. Waits at most a few seconds for it. False: it makes no sense, or never came. */
bool control_read(struct control_command *command);
void control_close_descriptors(int fds[CONTROL_DESCRIPTORS]);

#endif
