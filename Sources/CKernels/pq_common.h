// What needs no intrinsics, compiled once for each instruction set by the file that includes it.
#pragma once
#include "pq.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define PQ_INLINE static inline __attribute__((always_inline))

/// Sixteen floats, in as many registers as the instruction set needs; passed by address, because how they would be
/// passed by value depends on the instruction set.
typedef float pq_floats __attribute__((ext_vector_type(16)));
typedef int32_t pq_ints __attribute__((ext_vector_type(16)));
typedef uint8_t pq_bytes __attribute__((ext_vector_type(16)));
typedef uint16_t pq_shorts __attribute__((ext_vector_type(16)));
typedef bool pq_lanes __attribute__((ext_vector_type(16)));

PQ_INLINE void pq_load(pq_floats *x, const float *p) { memcpy(x, p, sizeof *x); }

// MARK: Tables

PQ_INLINE void pq_add_terms(const rbk_pq_metric metric, pq_floats *sums, float q, const float *centroids) {
  pq_floats c;
  pq_load(&c, centroids);
  const pq_floats apart = q - c;
  if (metric == rbk_pq_l2) *sums += apart * apart;
  if (metric == rbk_pq_negative_dot) *sums -= q * c;
  if (metric == rbk_pq_l1) *sums += __builtin_elementwise_abs(apart);
}

/// `vectors` × 16 entries of one row: as many chains as hide the latency of an addition.
PQ_INLINE void pq_entries(const float *query, const float *codebook, size_t ksub, size_t dsub,
                          const rbk_pq_metric metric, const size_t vectors, float *out) {
  pq_floats sums[4];
  for (size_t v = 0; v < vectors; v++) sums[v] = 0;
  for (size_t j = 0; j < dsub; j++)
    for (size_t v = 0; v < vectors; v++) pq_add_terms(metric, &sums[v], query[j], codebook + j * ksub + v * 16);
  for (size_t v = 0; v < vectors; v++) memcpy(out + v * 16, &sums[v], sizeof sums[v]);
}

PQ_INLINE void pq_rows(const float *query, const float *codebooks, size_t m, size_t ksub, size_t dsub,
                       const rbk_pq_metric metric, float *out) {
  for (size_t s = 0; s < m; s++, query += dsub, codebooks += dsub * ksub, out += ksub) {
    size_t c = 0;
    for (; c + 64 <= ksub; c += 64) pq_entries(query, codebooks + c, ksub, dsub, metric, 4, out + c);
    for (; c < ksub; c += 16) pq_entries(query, codebooks + c, ksub, dsub, metric, 1, out + c);
  }
}

static void pq_distance_tables(const float *query, const float *codebooks, size_t m, size_t ksub, size_t dsub,
                               rbk_pq_metric metric, float *out) {
  switch (metric) {
    case rbk_pq_l2: return pq_rows(query, codebooks, m, ksub, dsub, rbk_pq_l2, out);
    case rbk_pq_negative_dot: return pq_rows(query, codebooks, m, ksub, dsub, rbk_pq_negative_dot, out);
    case rbk_pq_l1: return pq_rows(query, codebooks, m, ksub, dsub, rbk_pq_l1, out);
  }
}

/// The least of sixteen, halving them: half the time of the compiler's reduction, which provides for NaN.
PQ_INLINE float pq_least(const pq_floats *x) {
  const __typeof__(x->lo) eight = x->lo < x->hi ? x->lo : x->hi;
  const __typeof__(eight.lo) four = eight.lo < eight.hi ? eight.lo : eight.hi;
  const __typeof__(four.lo) two = four.lo < four.hi ? four.lo : four.hi;
  return two.x < two.y ? two.x : two.y;
}

static void pq_quantize(const float *tables, size_t m, size_t ksub, uint8_t *out, float *least,
                        rbk_pq_bounds *bounds) {
  const size_t bytes = ksub == 16 ? rbk_pq4_table_bytes(m) : m * ksub;
  float widest = 0;
  double bias = 0, width = 0, magnitude = 0;
  pq_floats finite = 0;  // turns NaN with the first entry that is not finite
  for (size_t s = 0; s < m; s++) {
    pq_floats low, high, x;
    pq_load(&low, tables + s * ksub);
    high = low;
    for (size_t c = 0; c < ksub; c += 16) {
      pq_load(&x, tables + s * ksub + c);
      low = x < low ? x : low;
      high = x > high ? x : high;
      finite += x - x;
    }
    const pq_floats minus_high = -high;
    const float from = pq_least(&low), to = -pq_least(&minus_high);
    least[s] = from;
    widest = to - from > widest ? to - from : widest;
    bias += from;
    width += to - from;
    magnitude += fmaxf(fabsf(from), fabsf(to));
  }
  if (__builtin_reduce_or(finite != finite) != 0 || !(magnitude < 0x1p125)) {
    memset(out, 0, bytes);
    *bounds = (rbk_pq_bounds){1, -INFINITY, INFINITY};
    return;
  }
  // Never so small that its inverse overflows.
  float scale = fmaxf(widest / 255, 0x1p-100f);
  if (m > 257) scale = fmaxf(scale, (float)(width * (1.0001 / 65535)));
  const float inverse = 1 / scale;
  for (size_t s = 0; s < m; s++)
    for (size_t c = 0; c < ksub; c += 16) {
      pq_floats x;
      pq_load(&x, tables + s * ksub + c);
      const pq_floats level = (x - least[s]) * inverse, most = 255;
      const pq_bytes codes = __builtin_convertvector(
          __builtin_convertvector(level < most ? level : most, pq_ints), pq_bytes);
      memcpy(out + s * ksub + c, &codes, sizeof codes);
    }
  memset(out + m * ksub, 0, bytes - m * ksub);
  // More than float32 can lose: in the m additions of the exact sum, in the levels, and in what the caller computes.
  const double margin = ((double)m + 32) * 0x1p-24 * magnitude;
  *bounds = (rbk_pq_bounds){scale, (float)(bias - margin), (float)((double)m * scale + 2 * margin)};
}

// MARK: Scans

/// Sixteen vectors' estimates from their sums; a bit for each that is to be kept.
PQ_INLINE uint32_t pq_estimates(const pq_ints *sums, const uint16_t *offsets, const uint16_t *factors,
                                const rbk_pq_estimate *e, float *estimates) {
#pragma clang fp contract(off)
  pq_shorts offset, factor;
  memcpy(&offset, offsets, sizeof offset);
  memcpy(&factor, factors, sizeof factor);
  const pq_floats apart = e->base + e->offset_step * __builtin_convertvector(__builtin_convertvector(offset, pq_ints), pq_floats);
  const pq_floats times = e->factor_base + e->factor_step * __builtin_convertvector(__builtin_convertvector(factor, pq_ints), pq_floats);
  const pq_floats values = apart + times * (e->sum_base + e->sum_step * __builtin_convertvector(*sums, pq_floats));
  memcpy(estimates, &values, sizeof values);
  const pq_lanes kept = __builtin_convertvector(~(values > e->limit), pq_lanes);
  uint16_t mask;
  memcpy(&mask, &kept, sizeof mask);
  return mask;
}

/// Appends the places of `mask` and their estimates, in order.
#define PQ_APPEND(MASK, FIRST, ESTIMATES, KEPT, COUNT)                                  \
  for (uint64_t rest = (MASK); rest; rest &= rest - 1) {                               \
    const uint32_t lane = (uint32_t)__builtin_ctzll(rest);                             \
    (KEPT)[(COUNT)++] = (rbk_pq_kept){(uint32_t)(FIRST) + lane, (ESTIMATES)[lane]};     \
  }
