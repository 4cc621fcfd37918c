/// The one-to-many loops, written once: an instruction set's file gives the vector steps.
///
/// Four rows are summed side by side, one accumulator register a row. That makes four independent chains, shares each
/// load of the query among four rows, and lets one transposing reduction end four rows (3 instructions a row instead
/// of 8). Fewer than four rows at the end go through the same code with the last row repeated, and a gather through
/// the same code with other addresses: so a row's bits cannot depend on form or position.
#pragma once
#include "kernels.h"

#define RBK_INLINE static inline __attribute__((always_inline))

/// How far a gather prefetches: the rows of the next two steps. With four rows re-ranking was up to 1.06 times slower
/// (`ivf-pq` on 50 k SIFT descriptors, Zen 4).
enum { RBK_AHEAD_ROWS = 8 };

/// Defines NAME_4, the results of four rows.
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
  }

/// Defines NAME for contiguous rows, of NAME_4.
#define RBK_CONTIGUOUS(NAME, ELEM, OUT)                                                                               \
  static void NAME(const ELEM *query, const ELEM *rows, size_t n, size_t d, OUT *out) {                               \
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

/// Defines NAME_gather for rows of BYTES bytes at any addresses, of NAME_4.
#define RBK_GATHER(NAME, BYTES)                                                                                       \
  static void NAME##_gather(const float *query, const void *const *rows, size_t n, size_t d, float *out) {            \
    const size_t bytes = (BYTES);                                                                                     \
    size_t i = 0;                                                                                                     \
    for (size_t r = 0; r < RBK_AHEAD_ROWS && r < n; r++) rbk_prefetch(rows[r], bytes);                                \
    for (; i + 4 <= n; i += 4) {                                                                                      \
      for (size_t r = i + RBK_AHEAD_ROWS; r < i + RBK_AHEAD_ROWS + 4 && r < n; r++) rbk_prefetch(rows[r], bytes);     \
      NAME##_4(query, rows[i], rows[i + 1], rows[i + 2], rows[i + 3], d, out + i);                                    \
    }                                                                                                                 \
    if (i < n) {                                                                                                      \
      const void *last = rows[n - 1];                                                                                 \
      float four[4];                                                                                                  \
      NAME##_4(query, rows[i], n - i > 1 ? rows[i + 1] : last, last, last, d, four);                                  \
      for (size_t r = 0; i + r < n; r++) out[i + r] = four[r];                                                        \
    }                                                                                                                 \
  }

/// Defines NAME_4 over rows of bytes, of the steps STEP(sum, q, x); uses load_u8(pointer), RBK_LANES bytes as floats.
#define RBK_BYTE_ROWS(NAME, STEP)                                                                                     \
  RBK_INLINE void NAME##_4(                                                                                           \
      const float *query, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *e, size_t d,           \
      float *out) {                                                                                                   \
    const uint8_t *rows[4] = {a, b, c, e};                                                                            \
    RBK_VEC least[4], step[4], sums[4];                                                                               \
    float ranges[4][2];                                                                                               \
    for (size_t r = 0; r < 4; r++) {                                                                                  \
      __builtin_memcpy(ranges[r], rows[r], sizeof ranges[r]);                                                         \
      least[r] = v_broadcast(ranges[r][0]);                                                                           \
      step[r] = v_broadcast(ranges[r][1]);                                                                            \
      sums[r] = v_zero();                                                                                             \
      rows[r] += rbk_range_bytes;                                                                                     \
    }                                                                                                                 \
    size_t j = 0;                                                                                                     \
    for (; j + RBK_LANES <= d; j += RBK_LANES) {                                                                      \
      const RBK_VEC q = v_load(query + j);                                                                            \
      for (size_t r = 0; r < 4; r++) sums[r] = STEP(sums[r], q, v_fma(load_u8(rows[r] + j), step[r], least[r]));      \
    }                                                                                                                 \
    if (j < d) {                                                                                                      \
      for (size_t r = 0; r < 4; r++) {                                                                                \
        float q[RBK_LANES] = {0}, x[RBK_LANES] = {0};                                                                 \
        for (size_t k = 0; j + k < d; k++) {                                                                          \
          q[k] = query[j + k];                                                                                        \
          x[k] = ranges[r][0] + ranges[r][1] * (float)rows[r][j + k];                                                 \
        }                                                                                                             \
        sums[r] = STEP(sums[r], v_load(q), v_load(x));                                                                \
      }                                                                                                               \
    }                                                                                                                 \
    reduce4_f32(sums[0], sums[1], sums[2], sums[3], out);                                                             \
  }

/// Defines all kernels of a metric over rows of floats, 16-bit floats and bytes, of METRIC_step(sum, q, x).
///
/// Uses v_load, load_f16 and load_u8, each with RBK_LANES elements, v_zero and reduce4_f32.
#define RBK_METRIC(METRIC)                                                                                            \
  RBK_ROWS(METRIC##_f32, float, float, float, RBK_LANES, v_load, v_load, METRIC##_step, v_zero(), reduce4_f32)        \
  RBK_CONTIGUOUS(METRIC##_f32, float, float)                                                                          \
  RBK_GATHER(METRIC##_f32, d * sizeof(float))                                                                         \
  RBK_ROWS(METRIC##_f16, float, uint16_t, float, RBK_LANES, v_load, load_f16, METRIC##_step, v_zero(), reduce4_f32)   \
  RBK_GATHER(METRIC##_f16, d * sizeof(uint16_t))                                                                      \
  RBK_BYTE_ROWS(METRIC##_u8, METRIC##_step)                                                                           \
  RBK_GATHER(METRIC##_u8, rbk_range_bytes + d)

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
