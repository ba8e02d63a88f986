/** route_tree.h: the tree that route_compile.c builds and route.c reads. */
#ifndef API_ROUTE_TREE_H
#define API_ROUTE_TREE_H

#include "api/state.h"

enum { ROUTE_TEXT_MAX = 255 };

struct route_leaf { /* one method of one path */
    struct route_leaf *next;
    const struct route *route;
    const char *names[API_PARAMS_MAX]; /* of the parameters, as this route calls them */
};

struct route_node {      /* one segment */
    const char *segment; /* of a literal */
    size_t length;
    struct route_node *sibling, *children; /* literals */
    struct route_node *parameter;
    struct route_leaf *leaves;
    const char *allow; /* the value of Allow */
};

#endif
