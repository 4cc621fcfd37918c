// What the files of product codes share, compiled once for each instruction set by the file that includes it.
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

PQ_INLINE void pq_rows(const float *query, const float *codebooks, size_t m, const size_t ksub, size_t dsub,
                       const rbk_pq_metric metric, float *out) {
  for (size_t s = 0; s < m; s++, query += dsub, codebooks += dsub * ksub, out += ksub) {
    size_t c = 0;
    for (; c + 64 <= ksub; c += 64) pq_entries(query, codebooks + c, ksub, dsub, metric, 4, out + c);
    for (; c < ksub; c += 16) pq_entries(query, codebooks + c, ksub, dsub, metric, 1, out + c);
  }
}

/// The rows of one metric; those of sixteen entries, the most frequent, have loops of their own.
PQ_INLINE void pq_metric_rows(const float *query, const float *codebooks, size_t m, size_t ksub, size_t dsub,
                              const rbk_pq_metric metric, float *out) {
  if (ksub == 16) return pq_rows(query, codebooks, m, 16, dsub, metric, out);
  pq_rows(query, codebooks, m, ksub, dsub, metric, out);
}

static void pq_distance_tables(const float *query, const float *codebooks, size_t m, size_t ksub, size_t dsub,
                               rbk_pq_metric metric, float *out) {
  switch (metric) {
    case rbk_pq_l2: return pq_metric_rows(query, codebooks, m, ksub, dsub, rbk_pq_l2, out);
    case rbk_pq_negative_dot: return pq_metric_rows(query, codebooks, m, ksub, dsub, rbk_pq_negative_dot, out);
    case rbk_pq_l1: return pq_metric_rows(query, codebooks, m, ksub, dsub, rbk_pq_l1, out);
  }
}

/// Eight floats, and the least of them in each of eight rows.
typedef float pq_eight __attribute__((ext_vector_type(8)));
typedef double pq_doubles __attribute__((ext_vector_type(8)));

#define PQ_LESSER(A, B) ((A) < (B) ? (A) : (B))

/// least[i] is the least of rows[i]: all rows are halved together, so that no lane is idle.
PQ_INLINE void pq_least_of_rows(const pq_eight *rows, pq_eight *least) {
  pq_eight four[4], two[2];
  for (int i = 0; i < 4; i++) {
    const pq_eight a = rows[i], b = rows[i + 4];
    const pq_eight low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    const pq_eight high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    four[i] = PQ_LESSER(low, high);
  }
  for (int i = 0; i < 2; i++) {
    const pq_eight a = four[2 * i], b = four[2 * i + 1];
    const pq_eight low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    const pq_eight high = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
    two[i] = PQ_LESSER(low, high);
  }
  const pq_eight low = __builtin_shufflevector(two[0], two[1], 0, 1, 8, 9, 4, 5, 12, 13);
  const pq_eight high = __builtin_shufflevector(two[0], two[1], 2, 3, 10, 11, 6, 7, 14, 15);
  *least = PQ_LESSER(low, high);
}

/// What rounding needs to know of the rows: the widest, and sums of their least entries, widths and magnitudes.
typedef struct {
  pq_eight widest;
  pq_doubles bias, width, magnitude;
  pq_floats finite;  // zero, and NaN from the first entry on that is not finite
} pq_ranges;

/// Takes `count` rows, at most eight, into the ranges; writes their least entries.
PQ_INLINE void pq_measure_rows(const float *tables, size_t count, const size_t ksub, float *least, pq_ranges *ranges) {
  pq_eight lows[8], minus_highs[8];
  for (size_t s = 0; s < 8; s++) lows[s] = minus_highs[s] = 0;
  for (size_t s = 0; s < count; s++) {
    pq_floats low, high, x;
    pq_load(&low, tables + s * ksub);
    high = low;
    for (size_t c = 0; c < ksub; c += 16) {
      pq_load(&x, tables + s * ksub + c);
      low = PQ_LESSER(x, low);
      high = x > high ? x : high;
      ranges->finite += x * 0;
    }
    lows[s] = PQ_LESSER(low.lo, low.hi);
    minus_highs[s] = -(high.lo > high.hi ? high.lo : high.hi);
  }
  pq_eight from, minus_to;
  pq_least_of_rows(lows, &from);
  pq_least_of_rows(minus_highs, &minus_to);
  memcpy(least, &from, count * sizeof *least);
  const pq_eight width = -minus_to - from;
  const pq_eight from_zero = __builtin_elementwise_abs(from), to_zero = __builtin_elementwise_abs(minus_to);
  ranges->widest = width > ranges->widest ? width : ranges->widest;
  ranges->bias += __builtin_convertvector(from, pq_doubles);
  ranges->width += __builtin_convertvector(width, pq_doubles);
  ranges->magnitude += __builtin_convertvector(from_zero > to_zero ? from_zero : to_zero, pq_doubles);
}

PQ_INLINE double pq_sum(const pq_doubles *x) {
  double sum = 0;
  for (int lane = 0; lane < 8; lane++) sum += (*x)[lane];
  return sum;
}

PQ_INLINE void pq_quantize_rows(const float *tables, size_t m, const size_t ksub, uint8_t *out, float *least,
                                rbk_pq_bounds *bounds) {
  const size_t bytes = ksub == 16 ? rbk_pq4_table_bytes(m) : m * ksub;
  pq_ranges ranges = {0, 0, 0, 0, 0};
  size_t s = 0;
  for (; s + 8 <= m; s += 8) pq_measure_rows(tables + s * ksub, 8, ksub, least + s, &ranges);
  if (s < m) pq_measure_rows(tables + s * ksub, m - s, ksub, least + s, &ranges);
  const double magnitude = pq_sum(&ranges.magnitude);
  if (__builtin_reduce_or(ranges.finite != ranges.finite) != 0 || !(magnitude < 0x1p125)) {
    memset(out, 0, bytes);
    *bounds = (rbk_pq_bounds){1, -INFINITY, INFINITY};
    return;
  }
  float widest = 0;
  for (int lane = 0; lane < 8; lane++) widest = ranges.widest[lane] > widest ? ranges.widest[lane] : widest;
  // Never so small that its inverse overflows.
  float scale = fmaxf(widest / 255, 0x1p-100f);
  if (m > 257) scale = fmaxf(scale, (float)(pq_sum(&ranges.width) * (1.0001 / 65535)));
  const float inverse = 1 / scale;
  for (s = 0; s < m; s++)
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
  *bounds = (rbk_pq_bounds){
      scale, (float)(pq_sum(&ranges.bias) - margin), (float)((double)m * scale + 2 * margin)};
}

static void pq_quantize(const float *tables, size_t m, size_t ksub, uint8_t *out, float *least,
                        rbk_pq_bounds *bounds) {
  if (ksub == 16) return pq_quantize_rows(tables, m, 16, out, least, bounds);
  pq_quantize_rows(tables, m, ksub, out, least, bounds);
}

// MARK: Scans

#define PQ_ESTIMATE(E, OFFSET, FACTOR, SUM)                       \
  (((E)->base + (E)->offset_step * (OFFSET)) +                    \
   ((E)->factor_base + (E)->factor_step * (FACTOR)) * ((E)->sum_base + (E)->sum_step * (SUM)))

#if defined(PQ_AVX2)
/// Eight numbers of 16 bits: a shuffle widens them in half the time of the move that is made for it.
PQ_INLINE __m256 pq_correction(const uint16_t *from) {
  const __m256i within = _mm256_setr_epi8(0, 1, -1, -1, 2, 3, -1, -1, 4, 5, -1, -1, 6, 7, -1, -1,  //
                                          8, 9, -1, -1, 10, 11, -1, -1, 12, 13, -1, -1, 14, 15, -1, -1);
  const __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)from));
  return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(both, within));
}

/// Sixteen vectors' estimates from their sums; a bit for each that is to be kept.
PQ_INLINE uint32_t pq_estimates(const pq_ints *sums, const uint16_t *offsets, const uint16_t *factors,
                                const rbk_pq_estimate *e, float *estimates) {
#pragma clang fp contract(off)
  uint32_t mask = 0;
  for (int half = 0; half < 2; half++) {
    const __m256 sum = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)sums + half));
    const __m256 values = PQ_ESTIMATE(e, pq_correction(offsets + 8 * half), pq_correction(factors + 8 * half), sum);
    _mm256_storeu_ps(estimates + 8 * half, values);
    uint32_t kept = (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(values, _mm256_set1_ps(e->limit), _CMP_NGT_UQ));
    // Hides the bits from the compiler, which would join the halves by moves across registers first.
    __asm__("" : "+r"(kept));
    mask |= kept << 8 * half;
  }
  return mask;
}
#else
PQ_INLINE void pq_correction(pq_floats *to, const uint16_t *from) {
  pq_shorts shorts;
  memcpy(&shorts, from, sizeof shorts);
  *to = __builtin_convertvector(__builtin_convertvector(shorts, pq_ints), pq_floats);
}

/// Sixteen vectors' estimates from their sums; a bit for each that is to be kept.
PQ_INLINE uint32_t pq_estimates(const pq_ints *sums, const uint16_t *offsets, const uint16_t *factors,
                                const rbk_pq_estimate *e, float *estimates) {
#pragma clang fp contract(off)
  pq_floats offset, factor;
  pq_correction(&offset, offsets);
  pq_correction(&factor, factors);
  const pq_floats values = PQ_ESTIMATE(e, offset, factor, __builtin_convertvector(*sums, pq_floats));
  memcpy(estimates, &values, sizeof values);
  const pq_lanes kept = __builtin_convertvector(~(values > e->limit), pq_lanes);
  uint16_t mask;
  memcpy(&mask, &kept, sizeof mask);
  return mask;
}
#endif

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
