/* A plug-in with one fault, which the compiler's option names: -DFAULT=crash_in_search. Without it, it is correct. */

#define _POSIX_C_SOURCE 200112L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recallbench_index.h"

/* What is wrong with the library. */
#define none 0
#define abi_version 1
#define missing_symbol 2
#define null_library 3
#define short_library 4
#define short_kind 5
#define no_kinds 6
#define null_kind 7
#define missing_name 8
#define missing_search 9
#define no_metrics 10
#define half_scratch 11
/* What is wrong with its parameters. */
#define parameter_without_name 20
#define parameter_twice 21
#define parameter_type 22
#define parameter_range 23
#define parameter_initial 24
#define parameter_choices 25
#define parameters_missing 26
#define set_missing 27
/* What is wrong with its answers. */
#define nan_id 40
#define duplicate_id 41
#define unknown_id 42
#define out_of_range_id 43
#define too_many 44
#define too_few 45
#define no_answer 46
#define null_index 47
/* What its functions do. */
#define error_in_create 60
#define error_in_train 61
#define error_in_add 62
#define error_in_search 63
#define error_without_text 64
#define error_of_two_lines 65
#define crash_in_load 70
#define crash_in_create 71
#define crash_in_train 72
#define crash_in_add 73
#define crash_in_search 74
#define hang_in_load 80
#define hang_in_create 81
#define hang_in_train 82
#define hang_in_add 83
#define hang_in_search 84
#define exit_in_load 90
#define exit_in_create 91
#define exit_in_train 92
#define exit_in_add 93
#define exit_in_search 94
#define prints 100
#define threads_in_search 101
#define changes_query 102

#ifndef FAULT
#define FAULT none
#endif

struct rb_index {
  uint64_t count;
  uint32_t dimension;
};

struct rb_scratch {
  int unused;
};

/* Does what the fault of one call says: each call is 10 numbers apart from the same call of another fault. */
static const char *misbehave(int call) {
  if (FAULT == crash_in_load + call) abort();
  if (FAULT == exit_in_load + call) exit(0);
  while (FAULT == hang_in_load + call) sleep(1);
  if (FAULT == prints) {
    /* A line that looks like a reply to the program, one without an end, and one below the C library. */
    printf("{\"done\": true}\nprinted by call %d", call);
    fflush(stdout);
    if (write(STDOUT_FILENO, "\n", 1) != 1) return "nothing can be printed";
  }
  if (call > 0 && FAULT == error_in_create + call - 1) return "the plug-in says no";
  return NULL;
}

static const char *create(
    rb_index **index, uint32_t dimension, uint32_t metric, const double *settings, uint64_t seed) {
  (void)metric;
  (void)settings;
  (void)seed;
  const char *failure = misbehave(1);
  if (failure || FAULT == null_index) return failure;
  *index = calloc(1, sizeof **index);
  if (!*index) return "there is not enough memory";
  (*index)->dimension = dimension;
  return NULL;
}

static void destroy(rb_index *index) { free(index); }

static const char *train(rb_index *index, rb_vectors vectors, uint32_t threads) {
  (void)index;
  (void)vectors;
  (void)threads;
  return misbehave(2);
}

static const char *add(rb_index *index, const uint64_t *ids, rb_vectors vectors, uint32_t threads) {
  (void)ids;
  (void)threads;
  index->count += vectors.count;
  return misbehave(3);
}

static const char *set(rb_index *index, const double *settings) {
  (void)index;
  (void)settings;
  return NULL;
}

static const char *make_scratch(rb_index *index, rb_scratch **scratch) {
  (void)index;
  *scratch = calloc(1, sizeof **scratch);
  return *scratch ? NULL : "there is not enough memory";
}

static void free_scratch(rb_scratch *scratch) { free(scratch); }

/* Keeps a processor busy as long as the process lives. */
static void *spin(void *argument) {
  volatile uint64_t turns = 0;
  (void)argument;
  for (;;) turns++;
  return NULL;
}

static void start_threads(void) {
  for (int thread = 0; thread < 4; thread++) {
    pthread_t started;
    if (pthread_create(&started, NULL, spin, NULL) == 0) pthread_detach(started);
  }
}

static const char *search(
    const rb_index *index, rb_scratch *scratch, const float *query, const rb_request *request, rb_answer *answer) {
  static int has_started = 0;
  (void)scratch;
  const char *failure = misbehave(4);
  if (failure) return failure;
  if (FAULT == error_without_text) return "";
  if (FAULT == error_of_two_lines) return "the first line\nthe second line";
  if (FAULT == threads_in_search && !has_started) {
    has_started = 1;
    start_threads();
  }
  if (FAULT == changes_query)
    for (uint32_t i = 0; i < index->dimension; i++) ((float *)(uintptr_t)query)[i] = 0;
  if (FAULT == no_answer) return NULL;
  answer->found = request->k < index->count ? request->k : (uint32_t)index->count;
  for (uint32_t rank = 0; rank < answer->found; rank++) answer->ids[rank] = rank;
  if (answer->found == 0) return NULL;
  const uint32_t last = answer->found - 1;
  switch (FAULT) {
    case nan_id: answer->ids[last] = 0x7ff8000000000000; break;
    case duplicate_id: answer->ids[last] = answer->ids[0]; break;
    case unknown_id: answer->ids[last] = UINT64_MAX; break;
    case out_of_range_id: answer->ids[last] = index->count; break;
    case too_many: answer->found = request->k + 1; break;
    case too_few: answer->found = last; break;
    default: break;
  }
  return NULL;
}

static const char *const no_choices[] = {NULL};

static const rb_parameter parameters[] = {
    {FAULT == parameter_without_name ? NULL : "size", "a build parameter", FAULT == parameter_type ? 7 : RB_INTEGER, 0,
     FAULT == parameter_range ? 9 : 1, 8, FAULT == parameter_initial ? 99 : 4, NULL},
    {FAULT == parameter_twice ? "size" : "effort", "a search parameter", RB_REAL, 1, 0, 1, 1, NULL},
    {"order", "a choice", RB_CHOICE, 1, 0, 0, 0, no_choices},
};

static const rb_kind faulty = {
    .struct_size = FAULT == short_kind ? 16 : sizeof(rb_kind),
    .flags = 0,
    .metrics = FAULT == no_metrics ? 0 : RB_EUCLIDEAN | RB_ANGULAR | RB_DOT | RB_MANHATTAN | RB_HAMMING,
    .parameter_count = FAULT == parameter_choices ? 3 : 2,
    .name = FAULT == missing_name ? NULL : "faulty",
    .summary = "answers with the first ids, and has a fault",
    .parameters = FAULT == parameters_missing ? NULL : parameters,
    .create = create,
    .destroy = destroy,
    .train = train,
    .add = add,
    .set = FAULT == set_missing ? NULL : set,
    .make_scratch = make_scratch,
    .free_scratch = FAULT == half_scratch ? NULL : free_scratch,
    .search = FAULT == missing_search ? NULL : search,
};

static const rb_kind *const kinds[] = {FAULT == null_kind ? NULL : &faulty};
static const rb_library library = {
    FAULT == abi_version ? 999 : RB_ABI_VERSION,
    FAULT == short_library ? 8 : sizeof(rb_library),
    "faulty",
    "1.0",
    FAULT == no_kinds ? 0 : 1,
    kinds,
};

#if FAULT == missing_symbol
const rb_library *recallbench_librari(void);
const rb_library *recallbench_librari(void) { return &library; }
#else
const rb_library *recallbench_library(void) {
  misbehave(0);
  return FAULT == null_library ? NULL : &library;
}
#endif
