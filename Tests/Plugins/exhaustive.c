/* A plug-in in C that searches exactly, with every function that the interface has.

   The kind "exhaustive" has no parameters. The kind "exhaustive-partial" has parameters of each type: it looks at a
   share of the vectors, so that other values give other answers. Build with
   cc -std=c99 -O2 -fPIC -shared -I FOLDER_OF_THE_HEADER exhaustive.c -o libexhaustive.so -lm */

#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recallbench_index.h"

struct rb_index {
  uint32_t dimension;
  uint32_t metric;
  uint32_t is_partial;
  uint32_t is_trained;
  uint64_t count, capacity;
  uint64_t *ids; /* in the order of `add` */
  float *rows;
  double build[3];
  double search[3];
};

/* The distances of the nearest so far. */
struct rb_scratch {
  float *distances;
  uint32_t capacity;
};

static const char *const strictness[] = {"lenient", "strict", NULL};
static const char *const ends[] = {"front", "back", NULL};

static const rb_parameter partial_parameters[] = {
    {"reserve", "vectors that memory is kept for from the start", RB_INTEGER, 0, 0, 1e9, 16, NULL},
    {"growth", "by what factor memory grows", RB_REAL, 0, 1.1, 8, 2, NULL},
    {"training", "whether vectors can be added before training", RB_CHOICE, 0, 0, 0, 1, strictness},
    {"least", "vectors that are looked at, at least", RB_INTEGER, 1, 0, 1e9, 0, NULL},
    {"share", "share of the vectors that are looked at", RB_REAL, 1, 0, 1, 1, NULL},
    {"from", "at which end of the vectors a search begins", RB_CHOICE, 1, 0, 0, 0, ends},
};

/* What `recallbench tune` varies. */
static const double shares[] = {0.25, 0.5, 1}, sides[] = {0, 1}, reserves[] = {0.5, 1};
static const rb_tuning partial_tunings[] = {
    {RB_ROOT_OF_ROWS, 2, reserves}, {RB_KEPT, 0, NULL},  {RB_KEPT, 0, NULL},
    {RB_BISECTED, 0, NULL},         {RB_RISING, 3, shares}, {RB_VALUES, 2, sides},
};

/* With OLD_HEADER the library looks as if it had been compiled before there were tunings. */
#ifdef OLD_HEADER
#define KIND_SIZE offsetof(rb_kind, tunings)
#else
#define KIND_SIZE sizeof(rb_kind)
#endif
enum { RESERVE, GROWTH, TRAINING };
enum { LEAST, SHARE, FROM };

static const char magic[] = "RBEXH001";

static const char *make(rb_index **out, uint32_t dimension, uint32_t metric, const double *build) {
  rb_index *index = calloc(1, sizeof *index);
  if (!index) return "there is not enough memory";
  index->dimension = dimension;
  index->metric = metric;
  if (build) {
    index->is_partial = 1;
    memcpy(index->build, build, sizeof index->build);
  }
  index->search[SHARE] = 1;
  *out = index;
  return NULL;
}

static const char *create(
    rb_index **out, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed) {
  (void)settings;
  (void)seed;
  return make(out, dimension, metric, NULL);
}

static const char *create_partial(
    rb_index **out, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed) {
  (void)seed;
  return make(out, dimension, metric, settings);
}

static void destroy(rb_index *index) {
  free(index->ids);
  free(index->rows);
  free(index);
}

static const char *train(rb_index *index, rb_vectors vectors, uint32_t threads) {
  (void)threads;
  if (vectors.count == 0) return "training needs at least one vector";
  for (uint64_t i = 0; i < vectors.count * index->dimension; i++)
    if (!isfinite(vectors.rows[i])) return "a vector for training has a component that is not finite";
  index->is_trained = 1;
  return NULL;
}

static const char *reserve(rb_index *index, uint64_t capacity) {
  if (capacity <= index->capacity) return NULL;
  uint64_t *ids = realloc(index->ids, capacity * sizeof *ids);
  if (ids) index->ids = ids;
  float *rows = realloc(index->rows, capacity * index->dimension * sizeof *rows);
  if (rows) index->rows = rows;
  if (!ids || !rows) return "there is not enough memory";
  index->capacity = capacity;
  return NULL;
}

static const char *add(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  (void)threads;
  if (!index->is_trained && !(index->is_partial && index->build[TRAINING] == 0))
    return "vectors cannot be added before training";
  const uint64_t needed = index->count + vectors.count;
  uint64_t capacity = index->capacity;
  if (index->is_partial && capacity == 0) capacity = (uint64_t)index->build[RESERVE];
  if (needed > capacity) {
    const double growth = index->is_partial ? index->build[GROWTH] : 2;
    capacity = (uint64_t)((double)index->count * growth);
  }
  const char *failure = reserve(index, capacity < needed ? needed : capacity);
  if (failure) return failure;
  memcpy(index->ids + index->count, ids, vectors.count * sizeof *ids);
  memcpy(
      index->rows + index->count * index->dimension, vectors.rows,
      vectors.count * index->dimension * sizeof *vectors.rows);
  index->count = needed;
  return NULL;
}

static const char *remove_id(rb_index *index, uint64_t id, uint32_t *removed) {
  const uint64_t dimension = index->dimension;
  for (uint64_t place = 0; place < index->count; place++) {
    if (index->ids[place] != id) continue;
    const uint64_t behind = index->count - place - 1;
    memmove(index->ids + place, index->ids + place + 1, behind * sizeof *index->ids);
    memmove(
        index->rows + place * dimension, index->rows + (place + 1) * dimension,
        behind * dimension * sizeof *index->rows);
    index->count--;
    *removed = 1;
    return NULL;
  }
  return NULL;
}

static const char *set(rb_index *index, const double *settings) {
  memcpy(index->search, settings, sizeof index->search);
  return NULL;
}

static const char *make_scratch(rb_index *index, rb_scratch **scratch) {
  (void)index;
  *scratch = calloc(1, sizeof **scratch);
  return *scratch ? NULL : "there is not enough memory";
}

static void free_scratch(rb_scratch *scratch) {
  free(scratch->distances);
  free(scratch);
}

/* A number that orders vectors as the metric does. */
static float distance(const rb_index *index, const float *a, const float *b) {
  float sum = 0, dot = 0, aa = 0, bb = 0;
  for (uint32_t i = 0; i < index->dimension; i++) {
    const float difference = a[i] - b[i];
    switch (index->metric) {
      case RB_EUCLIDEAN: sum += difference * difference; break;
      case RB_MANHATTAN: sum += fabsf(difference); break;
      case RB_HAMMING: sum += difference != 0; break;
      case RB_DOT: sum -= a[i] * b[i]; break;
      default:
        dot += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
  }
  if (index->metric != RB_ANGULAR) return sum;
  return aa > 0 && bb > 0 ? 1 - dot / sqrtf(aa * bb) : 1;
}

static int is_accepted(const rb_filter *filter, uint64_t id) {
  return !filter || (id < filter->bits && (filter->words[id / 64] >> (id % 64) & 1));
}

static int is_zero(const float *vector, uint32_t dimension) {
  for (uint32_t i = 0; i < dimension; i++)
    if (vector[i] != 0) return 0;
  return 1;
}

static const char *search(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer) {
  if (scratch->capacity < request->k) {
    float *distances = realloc(scratch->distances, request->k * sizeof *distances);
    if (!distances) return "there is not enough memory";
    scratch->distances = distances;
    scratch->capacity = request->k;
  }
  /* No vector is near to the zero vector by its angle. */
  if (request->k == 0 || (index->metric == RB_ANGULAR && is_zero(query, index->dimension))) return NULL;
  uint64_t count = (uint64_t)(index->search[SHARE] * (double)index->count);
  if ((double)count < index->search[LEAST]) count = (uint64_t)index->search[LEAST];
  if (count > index->count) count = index->count;
  const uint64_t first = index->search[FROM] == 1 ? index->count - count : 0;
  for (uint64_t place = first; place < first + count; place++) {
    if (!is_accepted(request->filter, index->ids[place])) continue;
    const float current = distance(index, query, index->rows + place * index->dimension);
    answer->computations++;
    if (answer->found == request->k && !(current < scratch->distances[request->k - 1])) continue;
    uint32_t rank = answer->found < request->k ? answer->found++ : request->k - 1;
    for (; rank > 0 && current < scratch->distances[rank - 1]; rank--) {
      scratch->distances[rank] = scratch->distances[rank - 1];
      answer->ids[rank] = answer->ids[rank - 1];
    }
    scratch->distances[rank] = current;
    answer->ids[rank] = index->ids[place];
  }
  return NULL;
}

static const char *search_batch(
    const rb_index *index, rb_scratch *scratch, rb_vectors queries, const rb_request *request, rb_answer *answers) {
  for (uint64_t query = 0; query < queries.count; query++) {
    const char *failure = search(index, scratch, queries.rows + query * index->dimension, request, answers + query);
    if (failure) return failure;
  }
  return NULL;
}

static uint64_t bytes(const rb_index *index) {
  return sizeof *index + index->capacity * (sizeof *index->ids + index->dimension * sizeof *index->rows);
}

static const char *save(const rb_index *index, const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file) return "the file cannot be written";
  const int is_whole =
      fwrite(magic, sizeof magic, 1, file) == 1 && fwrite(index, sizeof *index, 1, file) == 1 &&
      fwrite(index->ids, sizeof *index->ids, index->count, file) == index->count &&
      fwrite(index->rows, sizeof *index->rows * index->dimension, index->count, file) == index->count;
  return fclose(file) == 0 && is_whole ? NULL : "the file cannot be written";
}

static const char *open_index(rb_index **out, const char *path) {
  char start[sizeof magic];
  rb_index saved;
  FILE *file = fopen(path, "rb");
  if (!file) return "the file cannot be read";
  const char *failure = "the file is not one of this plug-in";
  rb_index *index = NULL;
  if (fread(start, sizeof start, 1, file) == 1 && memcmp(start, magic, sizeof magic) == 0 &&
      fread(&saved, sizeof saved, 1, file) == 1)
    failure = make(&index, saved.dimension, saved.metric, saved.is_partial ? saved.build : NULL);
  if (index) {
    failure = reserve(index, saved.count);
    if (!failure && (fread(index->ids, sizeof *index->ids, saved.count, file) != saved.count ||
                     fread(index->rows, sizeof *index->rows * saved.dimension, saved.count, file) != saved.count))
      failure = "the file ends before the index does";
    index->count = saved.count;
    index->is_trained = saved.is_trained;
    memcpy(index->search, saved.search, sizeof index->search);
  }
  fclose(file);
  if (failure && index) destroy(index);
  if (!failure) *out = index;
  return failure;
}

/* The last functions of both kinds. */
#define SEARCHING make_scratch, free_scratch, search, search_batch, bytes, save, open_index

static const rb_kind exhaustive = {
    sizeof(rb_kind),
    RB_GROWS | RB_FILTERS,
    RB_EUCLIDEAN | RB_ANGULAR | RB_DOT | RB_MANHATTAN | RB_HAMMING,
    0,
    "exhaustive",
    "exact search in C",
    NULL,
    create,
    destroy,
    train,
    add,
    remove_id,
    NULL,
    SEARCHING,
    NULL,
};

static const rb_kind partial = {
    KIND_SIZE,
    RB_GROWS | RB_FILTERS,
    RB_EUCLIDEAN | RB_ANGULAR | RB_DOT | RB_MANHATTAN | RB_HAMMING,
    sizeof partial_parameters / sizeof *partial_parameters,
    "partial",
    "exact search in C over a share of the vectors",
    partial_parameters,
    create_partial,
    destroy,
    train,
    add,
    remove_id,
    set,
    SEARCHING,
    partial_tunings,
};

static const rb_kind *const kinds[] = {&exhaustive, &partial};
static const rb_library library = {RB_ABI_VERSION, sizeof(rb_library), "exhaustive", "1.0", 2, kinds};

const rb_library *recallbench_library(void) { return &library; }
