/** ctl_graph.h: who stands on whom, in load order: as text for eyes, and as a digraph for Graphviz. */
#ifndef CTL_CTL_GRAPH_H
#define CTL_CTL_GRAPH_H

#include "loader/loader.h"

void ctl_graph_text(const struct loader *loader, struct text *say);
void ctl_graph_dot(const struct loader *loader, struct text *say);

#endif
