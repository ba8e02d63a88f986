/** offers.h: which offers of permessage-deflate can be kept (RFC 7692 7.1). Pure. */
#ifndef WS_OFFERS_H
#define WS_OFFERS_H

#include "ws/terms.h"

/** Looks through `Sec-WebSocket-Extensions`. False: it is malformed. *ret_deflate: one of the offers is of
 *  permessage-deflate without anything that we can't keep. */
bool ws_offers_judge(struct ws_term offers, bool *ret_deflate);

/** What we answer to it: neither side keeps what it has learnt beyond a message, so no socket needs a window of its
 *  own. */
#define WS_DEFLATE_ANSWER "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

#endif
