/* The interface between RecallBench and an index in a shared library. C99 and C++11; needs nothing but this file.

   The library is loaded with dlopen into the process that builds and searches. It is called as RecallBench's own
   indexes are: one call for each query, with the clock read right before and right after the call, and nothing copied.

   Every function that can fail returns NULL for success, or a message: one line, valid until the same thread's next
   call of the library. No C++ exception may leave a function. What the library prints to standard output goes to
   standard error.

   This is version 1 of the interface. Fields are only ever added at the end of the structs with a struct_size, and
   functions that a library leaves out are NULL: a library that was compiled with an older header goes on working. */

#ifndef RECALLBENCH_INDEX_H
#define RECALLBENCH_INDEX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RB_ABI_VERSION 1

/* How distances are defined; bits of rb_kind.metrics. Vectors come as the dataset has them: an index for angular
   normalises for itself. */
typedef enum { RB_EUCLIDEAN = 1, RB_ANGULAR = 2, RB_DOT = 4, RB_MANHATTAN = 8, RB_HAMMING = 16 } rb_metric;

typedef enum { RB_INTEGER = 0, RB_REAL = 1, RB_CHOICE = 2 } rb_type;

/* One parameter. Sweeps, --set, help and the checks of values use it. */
typedef struct {
  const char *name;           /* the field's usual word, where there is one: nlist, nprobe, m, M, ef */
  const char *meaning;        /* one line */
  uint32_t type;              /* rb_type */
  uint32_t is_search;         /* 1: may change from round to round; 0: needs a new build */
  double least, most;         /* of numbers, inclusive */
  double initial;             /* the value unless it is set; of a choice, its place in choices */
  const char *const *choices; /* of a choice: names that end with NULL; else NULL */
} rb_parameter;

/* Row-major vectors, count × dimension finite floats; valid during the call only. */
typedef struct {
  const float *rows;
  uint64_t count;
} rb_vectors;

/* Which ids a search may return: bit id % 64 of word id / 64; ids from `bits` on are not accepted. */
typedef struct {
  const uint64_t *words;
  uint64_t bits;
} rb_filter;

/* What a search looks for. `filter` is NULL where all ids are accepted; never set without RB_FILTERS. */
typedef struct {
  uint32_t k;
  uint32_t reserved;
  const rb_filter *filter;
} rb_request;

/* What a search writes: the nearest first, no id twice. RecallBench computes the distances itself. */
typedef struct {
  uint64_t *ids;         /* room for k */
  uint32_t found;        /* 0 before the call, at most k after it */
  uint32_t reserved;
  uint64_t computations; /* distances to stored vectors that were computed; left 0 where they are not counted */
} rb_answer;

typedef struct rb_index rb_index;     /* the library's own */
typedef struct rb_scratch rb_scratch; /* likewise: what one searching thread keeps from search to search */

/* Bits of rb_kind.flags. */
enum {
  RB_GROWS = 1,  /* `add` may be called again; otherwise all rows come in one call */
  RB_FILTERS = 2 /* searches obey rb_request.filter */
};

/* How `recallbench tune` varies a parameter. */
typedef enum {
  RB_KEPT = 0,        /* it keeps its initial value */
  RB_BISECTED = 1,    /* an integer for searches: recall rises with it and speed falls; the least value is looked for */
  RB_RISING = 2,      /* the values, ascending; recall does not fall as they rise */
  RB_VALUES = 3,      /* the values, in any order */
  RB_ROOT_OF_ROWS = 4 /* an integer of about these multiples of the square root of the number of rows */
} rb_variation;

typedef struct {
  uint32_t variation;   /* rb_variation */
  uint32_t value_count; /* 0 for RB_KEPT and RB_BISECTED */
  const double *values; /* of a choice, the places in its choices */
} rb_tuning;

/* One kind of index: what it is, and its functions. */
typedef struct {
  uint32_t struct_size; /* sizeof(rb_kind) */
  uint32_t flags;
  uint32_t metrics;     /* rb_metric bits */
  uint32_t parameter_count;
  const char *name;     /* see rb_library.name */
  const char *summary;  /* one line */
  const rb_parameter *parameters;

  /* Makes an empty index. `settings` has the values of all build parameters, in the order of `parameters`. All
     randomness comes from the seed. */
  const char *(*create)(
    rb_index **index, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed);
  void (*destroy)(rb_index *index);

  /* Learns from vectors and stores none of them. NULL: there is nothing to learn. */
  const char *(*train)(rb_index *index, rb_vectors vectors, uint32_t threads);
  /* Stores vectors under ids, one each. */
  const char *(*add)(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads);
  /* Removes a vector; *removed is 0 before the call. NULL: nothing can be removed. */
  const char *(*remove)(rb_index *index, uint64_t id, uint32_t *removed);

  /* Values of all search parameters, in the order of `parameters`. Called before a round, untimed, while nothing
     searches. NULL: there are none. */
  const char *(*set)(rb_index *index, const double *settings);
  /* A searching thread's working memory; both or neither. */
  const char *(*make_scratch)(rb_index *index, rb_scratch **scratch);
  void (*free_scratch)(rb_scratch *scratch);
  /* Called by any number of threads at once, each with a scratch of its own; uses the calling thread only. */
  const char *(*search)(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer);
  /* One answer a query, likewise on the calling thread: a batch over several threads comes as several calls. NULL: one
     search after the other. */
  const char *(*search_batch)(
    const rb_index *index, rb_scratch *scratch, rb_vectors queries, const rb_request *request, rb_answer *answers);

  /* Bytes of all that the index keeps, vectors included. NULL: the growth of the process is reported alone. */
  uint64_t (*bytes)(const rb_index *index);

  /* Writes the index to a file, and opens such a file: `--keep-index` and `--open-index`. Both or neither. */
  const char *(*save)(const rb_index *index, const char *path);
  const char *(*open)(rb_index **index, const char *path);

  /* How the parameters are varied, one for each, in their order. NULL: all keep their initial values. */
  const rb_tuning *tunings;
} rb_kind;

typedef struct {
  uint32_t abi_version; /* RB_ABI_VERSION */
  uint32_t struct_size; /* sizeof(rb_library) */
  const char *name;     /* "faiss"; its kind "ivf" is typed as faiss-ivf, and a kind that is called "faiss" as faiss */
  const char *version;  /* "0.8.0, AVX2"; recorded with every figure */
  uint32_t kind_count;
  const rb_kind *const *kinds;
} rb_library;

/* The one symbol that a library exports; the struct lives as long as the library is loaded. */
#ifdef __GNUC__
__attribute__((visibility("default")))
#endif
const rb_library *recallbench_library(void);

#ifdef __cplusplus
}
#endif
#endif
