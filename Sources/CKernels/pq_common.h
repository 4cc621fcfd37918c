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

#if defined(PQ_AVX2)
// Conversions by the compiler would take three times as long: a widening move is two operations here, and a mask is made
// of moves across the halves of a register.

PQ_INLINE void pq_widen(pq_ints *to, const uint16_t *from) {
  const __m256i within = _mm256_setr_epi8(0, 1, -1, -1, 2, 3, -1, -1, 4, 5, -1, -1, 6, 7, -1, -1,  //
                                          8, 9, -1, -1, 10, 11, -1, -1, 12, 13, -1, -1, 14, 15, -1, -1);
  for (int half = 0; half < 2; half++) {
    const __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(from + 8 * half)));
    _mm256_storeu_si256((__m256i *)to + half, _mm256_shuffle_epi8(both, within));
  }
}
PQ_INLINE uint32_t pq_mask(const pq_ints *lanes) {
  const __m256i *halves = (const void *)lanes;
  const int low = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_loadu_si256(halves)));
  const int high = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_loadu_si256(halves + 1)));
  return (uint32_t)(low | high << 8);
}
#else
PQ_INLINE void pq_widen(pq_ints *to, const uint16_t *from) {
  pq_shorts shorts;
  memcpy(&shorts, from, sizeof shorts);
  *to = __builtin_convertvector(shorts, pq_ints);
}
PQ_INLINE uint32_t pq_mask(const pq_ints *lanes) {
  const pq_lanes bits = __builtin_convertvector(*lanes, pq_lanes);
  uint16_t mask;
  memcpy(&mask, &bits, sizeof mask);
  return mask;
}
#endif

/// Sixteen vectors' estimates from their sums; a bit for each that is to be kept.
PQ_INLINE uint32_t pq_estimates(const pq_ints *sums, const uint16_t *offsets, const uint16_t *factors,
                                const rbk_pq_estimate *e, float *estimates) {
#pragma clang fp contract(off)
  pq_ints offset, factor;
  pq_widen(&offset, offsets);
  pq_widen(&factor, factors);
  const pq_floats apart = e->base + e->offset_step * __builtin_convertvector(offset, pq_floats);
  const pq_floats times = e->factor_base + e->factor_step * __builtin_convertvector(factor, pq_floats);
  const pq_floats values = apart + times * (e->sum_base + e->sum_step * __builtin_convertvector(*sums, pq_floats));
  memcpy(estimates, &values, sizeof values);
  const pq_ints kept = ~(values > e->limit);
  return pq_mask(&kept);
}

/// Appends the places of `mask` and their estimates, in order.
#define PQ_APPEND(MASK, FIRST, ESTIMATES, KEPT, COUNT)                                  \
  for (uint64_t rest = (MASK); rest; rest &= rest - 1) {                               \
    const uint32_t lane = (uint32_t)__builtin_ctzll(rest);                             \
    (KEPT)[(COUNT)++] = (rbk_pq_kept){(uint32_t)(FIRST) + lane, (ESTIMATES)[lane]};     \
  }

/// Appends what one query keeps of a block of 4-bit codes whose first vector is `start`, given the sums of its vectors.
PQ_INLINE void pq4_keep(const uint8_t *block, size_t m, const pq_ints *totals, size_t start, size_t n,
                        const rbk_pq_estimate *estimate, rbk_pq_kept *kept, size_t *count) {
  const uint16_t *offsets = (const void *)(block + rbk_pq4_code_bytes(m)), *factors = offsets + rbk_pq4_lanes;
  float values[rbk_pq4_lanes];
  uint64_t mask = pq_estimates(&totals[0], offsets, factors, estimate, values);
  mask |= (uint64_t)pq_estimates(&totals[1], offsets + 16, factors + 16, estimate, values + 16) << 16;
  if (n - start < rbk_pq4_lanes) mask &= ((uint64_t)1 << (n - start)) - 1;
  PQ_APPEND(mask, start, values, kept, *count)
}

/// Appends what one query keeps of a block of 8-bit codes.
PQ_INLINE void pq8_keep(const uint8_t *block, size_t m, const pq_ints *totals, size_t start, size_t n,
                        const rbk_pq_estimate *estimate, rbk_pq_kept *kept, size_t *count) {
  const uint16_t *offsets = (const void *)(block + rbk_pq8_code_bytes(m)), *factors = offsets + rbk_pq8_lanes;
  float values[rbk_pq8_lanes];
  uint64_t mask = 0;
  for (size_t part = 0; part < 4; part++)
    mask |= (uint64_t)pq_estimates(&totals[part], offsets + 16 * part, factors + 16 * part, estimate,
                                   values + 16 * part) << (16 * part);
  if (n - start < rbk_pq8_lanes) mask &= ((uint64_t)1 << (n - start)) - 1;
  PQ_APPEND(mask, start, values, kept, *count)
}
