/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl's reading of a node's status document, and of endpoints. */
#include "raftctl/endpoint.h"
#include "raftctl/status_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct status_doc doc;
    struct endpoint endpoint;
    struct err e = {0};
    if (status_doc_parse(span_of(data, size), &doc, &e) == 0)
        ASSERT(doc.members_count <= LIMIT_MEMBERS);
    else
        ASSERT(e.code < 0 && e.text[0] != '\0');
    if (endpoint_parse(span_of(data, size), &endpoint, &e) == 0)
        ASSERT(endpoint.is_unix ? endpoint.path[0] != '\0' : endpoint.host[0] != '\0');
    return 0;
}
