/* route.c: the tree of path segments. Built by route_compile.c, read here for each request. */
#include "api/route.h"

#include "api/route_tree.h"
#include "base/codec.h"

#include <string.h>

struct segments {
    const char *at[API_SEGMENTS_MAX];
    size_t count;
};

static bool segment_is_clean(const char *segment, size_t length)
{
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)segment[i] < 0x20 || segment[i] == 0x7f || segment[i] == '/' || segment[i] == '\\')
            return false;
    return codec_utf8_valid(segment, length);
}

/* Decodes one segment in place. An encoded slash or dot-dot is refused rather than interpreted: two
 * readers of one path (a proxy and we) must not see different resources. */
static bool segment_decode(char *segment)
{
    size_t length = strlen(segment);
    if (!codec_percent_decode(segment, &length, false))
        return false;
    segment[length] = '\0';
    return segment_is_clean(segment, length);
}

static enum route_found path_split(struct arena *arena, const char *path, struct segments *ret_segments)
{
    size_t length = strlen(path);
    if (length > 0 && path[length - 1] == '/') /* the same resource */
        length--;
    if (length == 0)
        return ROUTE_FOUND;
    char *segment = arena_copy(arena, path + 1, length - 1);
    if (!segment)
        return ROUTE_NONE;
    for (bool last = false; !last;) {
        char *end = segment + strcspn(segment, "/");
        last = *end == '\0';
        *end = '\0';
        if (ret_segments->count == API_SEGMENTS_MAX)
            return ROUTE_NONE;
        if (!segment_decode(segment))
            return ROUTE_BAD_PATH;
        ret_segments->at[ret_segments->count++] = segment;
        segment = end + 1;
    }
    return ROUTE_FOUND;
}

static const struct route_node *literal_child(const struct route_node *node, const char *segment)
{
    size_t length = strlen(segment);
    for (const struct route_node *child = node->children; child; child = child->sibling)
        if (child->length == length && memcmp(child->segment, segment, length) == 0)
            return child;
    return NULL;
}

/* Goes down by the literal first and comes back for the parameter, so /users/search and /users/{user}
 * live side by side. Depth is that of the path, at most API_SEGMENTS_MAX. */
static const struct route_node *descend(const struct route_node *node, const struct segments *segments, size_t level,
                                        const char *values[API_PARAMS_MAX], size_t *ret_values)
{
    if (level == segments->count)
        return node->leaves ? node : NULL;
    const char *segment = segments->at[level];
    const struct route_node *child = literal_child(node, segment);
    const struct route_node *found = child ? descend(child, segments, level + 1, values, ret_values) : NULL;
    if (found || !node->parameter || *ret_values == API_PARAMS_MAX)
        return found;
    values[(*ret_values)++] = segment;
    found = descend(node->parameter, segments, level + 1, values, ret_values);
    if (!found)
        (*ret_values)--;
    return found;
}

static const struct route_leaf *leaf_of(const struct route_node *node, const char *method)
{
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (const struct route_leaf *leaf = node->leaves; leaf; leaf = leaf->next)
        if (strcmp(leaf->route->declared.method, method) == 0)
            return leaf;
    return NULL;
}

static bool value_fits(const struct route_leaf *leaf, size_t number, const char *value)
{
    uint8_t id[16];
    if (leaf->route->free_text & 1u << number)
        return *value != '\0' && strlen(value) <= ROUTE_TEXT_MAX;
    return codec_uuid_parse(value, id);
}

static enum route_found match_leaf(const struct route_leaf *leaf, const char *const *values, size_t count,
                                   struct route_match *ret_match)
{
    for (size_t i = 0; i < count; i++) {
        if (!value_fits(leaf, i, values[i]))
            return ROUTE_NONE;
        ret_match->params[i] = (struct request_param){leaf->names[i], values[i]};
    }
    ret_match->param_count = count;
    ret_match->route = leaf->route;
    return ROUTE_FOUND;
}

enum route_found route_find(const struct api *api, struct arena *arena, const char *method, const char *path,
                            struct route_match *ret_match)
{
    const char *values[API_PARAMS_MAX];
    size_t count = 0;
    struct segments segments = {.count = 0};
    size_t base = strlen(API_BASE);
    if (strncmp(path, API_BASE, base) != 0 || (path[base] != '/' && path[base] != '\0'))
        return ROUTE_NONE;
    enum route_found split = path_split(arena, path + base, &segments);
    if (split != ROUTE_FOUND)
        return split;
    const struct route_node *node = descend(api->root, &segments, 0, values, &count);
    if (!node)
        return ROUTE_NONE;
    ret_match->allow = node->allow;
    const struct route_leaf *leaf = leaf_of(node, method);
    return leaf ? match_leaf(leaf, values, count, ret_match) : ROUTE_NO_METHOD;
}
