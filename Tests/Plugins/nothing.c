/* A plug-in whose searches return at once: what is measured is the cost of a call. */

#include <stdlib.h>

#include "recallbench_index.h"

struct rb_index {
  uint64_t count;
};

static const char *create(
    rb_index **index, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed) {
  (void)dimension;
  (void)metric;
  (void)settings;
  (void)seed;
  *index = calloc(1, sizeof **index);
  return *index ? NULL : "there is not enough memory";
}

static void destroy(rb_index *index) { free(index); }

static const char *add(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  (void)ids;
  (void)threads;
  index->count += vectors.count;
  return NULL;
}

static const char *search(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer) {
  (void)scratch;
  (void)query;
  const uint32_t found = request->k < index->count ? request->k : (uint32_t)index->count;
  for (uint32_t rank = 0; rank < found; rank++) answer->ids[rank] = rank;
  answer->found = found;
  return NULL;
}

static const rb_kind nothing = {
    .struct_size = sizeof(rb_kind),
    .flags = RB_GROWS,
    .metrics = RB_EUCLIDEAN | RB_ANGULAR | RB_DOT | RB_MANHATTAN | RB_HAMMING,
    .name = "nothing",
    .summary = "answers with the first ids, whatever the query",
    .create = create,
    .destroy = destroy,
    .add = add,
    .search = search,
};

static const rb_kind *const kinds[] = {&nothing};
static const rb_library library = {RB_ABI_VERSION, sizeof(rb_library), "nothing", "1.0", 1, kinds};

const rb_library *recallbench_library(void) { return &library; }
