/** exits.h: what the two programs end with: the codes of sysexits.h, for scripts and systemd. */
#ifndef BASE_EXITS_H
#define BASE_EXITS_H

enum {
    EXIT_USAGE = 64,
    EXIT_DATA = 65,
    EXIT_NO_SERVICE = 69,
    EXIT_INTERNAL = 70,
    EXIT_SYSTEM_IO = 74,
    EXIT_CONFIG = 78
};

#endif
