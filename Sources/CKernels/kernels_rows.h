/// The one-to-many loops, written once: an instruction set's file gives the vector steps.
///
/// Four rows are summed side by side, one accumulator register a row. That makes four independent chains, shares each
/// load of the query among four rows, and lets one transposing reduction end four rows (3 instructions a row instead
/// of 8). Fewer than four rows at the end go through the same code with the last row repeated, and a gather through
/// the same code with other addresses: so a row's bits cannot depend on form or position.
#pragma once
#include "kernels.h"

#define RBK_INLINE static inline __attribute__((always_inline))

/// How far a gather prefetches: the rows of the next step; more were slower.
enum { RBK_AHEAD_ROWS = 4 };

/// Defines NAME.
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
  }

/// Defines NAME_gather, of the steps of NAME.
#define RBK_GATHER(NAME, QUERY, ELEM, OUT)                                                                            \
  static void NAME##_gather(                                                                                          \
      const QUERY *query, const ELEM *base, const uint32_t *index, size_t n, size_t d, OUT *out) {                    \
    size_t i = 0;                                                                                                     \
    for (size_t r = 0; r < RBK_AHEAD_ROWS && r < n; r++) rbk_prefetch(base + index[r] * d, d * sizeof(ELEM));     \
    for (; i + 4 <= n; i += 4) {                                                                                      \
      for (size_t r = i + RBK_AHEAD_ROWS; r < i + RBK_AHEAD_ROWS + 4 && r < n; r++) {                                 \
        rbk_prefetch(base + index[r] * d, d * sizeof(ELEM));                                                      \
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

/// Defines NAME over rows of bytes, of the steps STEP(sum, q, x); uses load_u8(pointer), RBK_LANES bytes as floats.
///
/// One row at a time, because the caller's rows are far apart in memory, which is what they wait for.
#define RBK_BYTE_ROWS(NAME, STEP)                                                                                     \
  static void NAME(const float *query, const uint8_t *rows, size_t n, size_t d, float *out) {                         \
    for (size_t i = 0; i < n; i++, rows += rbk_range_bytes + d) {                                                     \
      float range[2], four[4];                                                                                        \
      __builtin_memcpy(range, rows, sizeof range);                                                                    \
      const uint8_t *bytes = rows + rbk_range_bytes;                                                                  \
      const RBK_VEC least = v_broadcast(range[0]), step = v_broadcast(range[1]);                                      \
      RBK_VEC even = v_zero(), odd = v_zero();                                                                        \
      size_t j = 0;                                                                                                   \
      for (; j + 2 * RBK_LANES <= d; j += 2 * RBK_LANES) {                                                            \
        even = STEP(even, v_load(query + j), v_fma(load_u8(bytes + j), step, least));                                 \
        odd = STEP(odd, v_load(query + j + RBK_LANES), v_fma(load_u8(bytes + j + RBK_LANES), step, least));           \
      }                                                                                                               \
      for (; j < d; j += RBK_LANES) {                                                                                 \
        float q[RBK_LANES] = {0}, x[RBK_LANES] = {0};                                                                 \
        for (size_t r = 0; r < RBK_LANES && j + r < d; r++) {                                                         \
          q[r] = query[j + r];                                                                                        \
          x[r] = range[0] + range[1] * (float)bytes[j + r];                                                           \
        }                                                                                                             \
        even = STEP(even, v_load(q), v_load(x));                                                                      \
      }                                                                                                               \
      even = v_add(even, odd);                                                                                        \
      reduce4_f32(even, even, even, even, four);                                                                      \
      out[i] = four[0];                                                                                               \
    }                                                                                                                 \
  }

/// Defines `read_stream` and `multiply_add_chains`, which measure the limits that kernels are held against.
#define RBK_LIMITS(LANES)                                                                                             \
  static float read_stream(const float *floats, size_t count) {                                                       \
    RBK_VEC sum[8];                                                                                                   \
    for (size_t v = 0; v < 8; v++) sum[v] = v_zero();                                                                 \
    for (size_t j = 0; j + 8 * (LANES) <= count; j += 8 * (LANES)) {                                                  \
      for (size_t v = 0; v < 8; v++) sum[v] = v_add(sum[v], v_load(floats + j + v * (LANES)));                        \
    }                                                                                                                 \
    for (size_t v = 1; v < 8; v++) sum[0] = v_add(sum[0], sum[v]);                                                    \
    float lanes[LANES];                                                                                               \
    v_store(lanes, sum[0]);                                                                                           \
    return lanes[0];                                                                                                  \
  }                                                                                                                   \
  static float multiply_add_chains(size_t rounds) {                                                                   \
    RBK_VEC sum[RBK_CHAINS], half = v_broadcast(0.5f);                                                                \
    for (size_t v = 0; v < RBK_CHAINS; v++) sum[v] = v_broadcast((float)(v + 2));                                           \
    for (size_t round = 0; round < rounds; round++) {                                                                 \
      for (size_t v = 0; v < RBK_CHAINS; v++) sum[v] = v_fma(sum[v], half, half);                                     \
    }                                                                                                                 \
    for (size_t v = 1; v < RBK_CHAINS; v++) sum[0] = v_add(sum[0], sum[v]);                                           \
    float lanes[LANES];                                                                                               \
    v_store(lanes, sum[0]);                                                                                           \
    return lanes[0];                                                                                                  \
  }

/// Enough independent chains to hide the multiply-add's latency, few enough to stay in registers.
enum { RBK_CHAINS = 12 };
