/// The one-to-many loops, written once: an instruction set's file gives the vector steps.
///
/// Four rows are summed side by side, one accumulator register a row. That makes four independent chains, shares each
/// load of the query among four rows, and lets one transposing reduction end four rows (3 instructions a row instead
/// of 8). Fewer than four rows at the end go through the same code with the last row repeated, and a gather through
/// the same code with other addresses: so a row's bits cannot depend on form or position.
#pragma once
#include "kernels.h"

#define RBK_INLINE static inline __attribute__((always_inline))

/// How far a gather prefetches: rows ahead of the four being summed, and bytes of each row at most; the hardware
/// prefetcher follows from there.
enum { RBK_AHEAD_ROWS = 8, RBK_AHEAD_BYTES = 1024 };

RBK_INLINE void rbk_prefetch_row(const void *row, size_t bytes) {
  if (bytes > RBK_AHEAD_BYTES) bytes = RBK_AHEAD_BYTES;
  for (size_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch((const char *)row + offset, 0, 3);
}

/// Defines NAME and NAME_gather.
///
/// QUERY, ELEM, OUT: element types. LANES: elements a step takes. LOAD_Q, LOAD_X: LOAD(pointer) loads LANES elements,
/// LOAD_part(pointer, count) the first `count` and zeros. STEP(sum, q, x) adds LANES terms; zeros add nothing.
/// ZERO: the empty accumulator. REDUCE4(a, b, c, e, out): the four totals.
#define RBK_ROWS(NAME, QUERY, ELEM, OUT, LANES, LOAD_Q, LOAD_X, STEP, ZERO, REDUCE4)                                  \
  RBK_INLINE void NAME##_4(                                                                                           \
      const QUERY *query, const ELEM *a, const ELEM *b, const ELEM *c, const ELEM *e, size_t d, OUT *out) {           \
    __auto_type sa = ZERO, sb = ZERO, sc = ZERO, se = ZERO;                                                           \
    size_t j = 0;                                                                                                     \
    for (; j + (LANES) <= d; j += (LANES)) {                                                                          \
      __auto_type q = LOAD_Q(query + j);                                                                              \
      sa = STEP(sa, q, LOAD_X(a + j));                                                                                \
      sb = STEP(sb, q, LOAD_X(b + j));                                                                                \
      sc = STEP(sc, q, LOAD_X(c + j));                                                                                \
      se = STEP(se, q, LOAD_X(e + j));                                                                                \
    }                                                                                                                 \
    if (j < d) {                                                                                                      \
      size_t rest = d - j;                                                                                            \
      __auto_type q = LOAD_Q##_part(query + j, rest);                                                                 \
      sa = STEP(sa, q, LOAD_X##_part(a + j, rest));                                                                   \
      sb = STEP(sb, q, LOAD_X##_part(b + j, rest));                                                                   \
      sc = STEP(sc, q, LOAD_X##_part(c + j, rest));                                                                   \
      se = STEP(se, q, LOAD_X##_part(e + j, rest));                                                                   \
    }                                                                                                                 \
    REDUCE4(sa, sb, sc, se, out);                                                                                     \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME(const QUERY *query, const ELEM *rows, size_t n, size_t d, OUT *out) {                              \
    size_t i = 0;                                                                                                     \
    for (; i + 4 <= n; i += 4) {                                                                                      \
      const ELEM *row = rows + i * d;                                                                                 \
      NAME##_4(query, row, row + d, row + 2 * d, row + 3 * d, d, out + i);                                            \
    }                                                                                                                 \
    if (i < n) {                                                                                                      \
      const ELEM *row = rows + i * d, *last = rows + (n - 1) * d;                                                     \
      OUT four[4];                                                                                                    \
      NAME##_4(query, row, n - i > 1 ? row + d : last, last, last, d, four);                                          \
      for (size_t r = 0; i + r < n; r++) out[i + r] = four[r];                                                        \
    }                                                                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  static void NAME##_gather(                                                                                          \
      const QUERY *query, const ELEM *base, const uint32_t *index, size_t n, size_t d, OUT *out) {                    \
    size_t i = 0;                                                                                                     \
    for (size_t r = 0; r < RBK_AHEAD_ROWS && r < n; r++) rbk_prefetch_row(base + index[r] * d, d * sizeof(ELEM));     \
    for (; i + 4 <= n; i += 4) {                                                                                      \
      for (size_t r = i + RBK_AHEAD_ROWS; r < i + RBK_AHEAD_ROWS + 4 && r < n; r++) {                                 \
        rbk_prefetch_row(base + index[r] * d, d * sizeof(ELEM));                                                      \
      }                                                                                                               \
      NAME##_4(                                                                                                       \
          query, base + index[i] * d, base + index[i + 1] * d, base + index[i + 2] * d, base + index[i + 3] * d, d,   \
          out + i);                                                                                                   \
    }                                                                                                                 \
    if (i < n) {                                                                                                      \
      const ELEM *last = base + index[n - 1] * d;                                                                     \
      OUT four[4];                                                                                                    \
      NAME##_4(query, base + index[i] * d, n - i > 1 ? base + index[i + 1] * d : last, last, last, d, four);          \
      for (size_t r = 0; i + r < n; r++) out[i + r] = four[r];                                                        \
    }                                                                                                                 \
  }
