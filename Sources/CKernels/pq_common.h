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

/// What rounding needs to know of the rows: the width of the widest that share a byte, and sums of their least entries,
/// widths and magnitudes.
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
  // With sixteen entries a row, the four rows of a line share a byte.
  const pq_eight pair = width + __builtin_shufflevector(width, width, 1, 0, 3, 2, 5, 4, 7, 6);
  const pq_eight shared = ksub == 16 ? pair + __builtin_shufflevector(pair, pair, 2, 3, 0, 1, 6, 7, 4, 5) : width;
  ranges->widest = shared > ranges->widest ? shared : ranges->widest;
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
// Few vectors are kept. So a scan first computes a rougher estimate of all vectors of a block, by two multiply-adds, and
// compares it with a limit that allows for its rounding. Only for the vectors within it the estimate itself is computed.

/// The terms of the rougher estimate, factor·(sum_base + sum_step·sum) + offset, and its limit.
typedef struct {
  float sum_base, sum_step, limit;
} pq_prefilter;

/// The limit of the estimate less its base, and more than rounding can change: of the greatest sum of absolute terms, at
/// most 8·2⁻²⁴ by both estimates, fused multiply-adds or not, and 5·2⁻²⁴ by the limit's own rounding.
PQ_INLINE pq_prefilter pq_make_prefilter(const rbk_pq_corrections *c, const rbk_pq_estimate *e) {
  const double most = 65535, factor = fabs((double)c->factor_base) + fabs((double)c->factor_step) * most;
  const double sum = fabs((double)e->sum_base) + fabs((double)e->sum_step) * most;
  const double magnitude = fabs((double)e->base) + fabs((double)c->offset_step) * most + factor * sum;
  // Where float32 could overflow, everything is kept for the estimate to decide.
  const bool isSafe = magnitude < 0x1p120 && factor < 0x1p120 && sum < 0x1p120;
  const double limit = (double)e->limit - e->base + magnitude * 0x1p-20 + 0x1p-120;
  return (pq_prefilter){e->sum_base, e->sum_step, isSafe ? (float)limit : INFINITY};
}

/// The corrections of sixteen vectors: offset_step·offset, factor_base + factor_step·factor.
typedef struct {
  pq_floats offset, factor;
} pq_corrected;

#if defined(PQ_AVX2)
/// Eight numbers of 16 bits: a shuffle widens them in half the time of the move that is made for it.
PQ_INLINE void pq_widen(pq_floats *to, const uint16_t *from) {
  const __m256i within = _mm256_setr_epi8(0, 1, -1, -1, 2, 3, -1, -1, 4, 5, -1, -1, 6, 7, -1, -1,  //
                                          8, 9, -1, -1, 10, 11, -1, -1, 12, 13, -1, -1, 14, 15, -1, -1);
  for (int half = 0; half < 2; half++) {
    const __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(from + 8 * half)));
    const __m256 floats = _mm256_cvtepi32_ps(_mm256_shuffle_epi8(both, within));
    memcpy((float *)to + 8 * half, &floats, sizeof floats);
  }
}

/// A bit for each lane that is not greater than the limit.
PQ_INLINE uint32_t pq_within(const pq_floats *values, float limit) {
  uint32_t mask = 0;
  for (int half = 0; half < 2; half++) {
    const __m256 eight = _mm256_loadu_ps((const float *)values + 8 * half);
    uint32_t kept = (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(eight, _mm256_set1_ps(limit), _CMP_NGT_UQ));
    // Hides the bits from the compiler, which would join the halves by moves across registers first.
    __asm__("" : "+r"(kept));
    mask |= kept << 8 * half;
  }
  return mask;
}
#else
PQ_INLINE void pq_widen(pq_floats *to, const uint16_t *from) {
  pq_shorts shorts;
  memcpy(&shorts, from, sizeof shorts);
  *to = __builtin_convertvector(__builtin_convertvector(shorts, pq_ints), pq_floats);
}

/// A bit for each lane that is not greater than the limit.
PQ_INLINE uint32_t pq_within(const pq_floats *values, float limit) {
  const pq_lanes kept = __builtin_convertvector(~(*values > limit), pq_lanes);
  uint16_t mask;
  memcpy(&mask, &kept, sizeof mask);
  return mask;
}
#endif

/// The corrections of the `vectors` vectors of a block, which stand behind its codes.
PQ_INLINE void pq_correct(const rbk_pq_corrections *c, const uint8_t *stored, const size_t vectors, pq_corrected *out) {
#pragma clang fp contract(off)
  const uint16_t *offsets = (const void *)stored, *factors = offsets + vectors;
  for (size_t part = 0; part < vectors / 16; part++) {
    pq_floats offset, factor;
    pq_widen(&offset, offsets + 16 * part);
    pq_widen(&factor, factors + 16 * part);
    out[part].offset = c->offset_step * offset;
    out[part].factor = c->factor_base + c->factor_step * factor;
  }
}

/// Sixteen vectors' rougher estimates.
PQ_INLINE void pq_roughly(const pq_corrected *corrected, const pq_ints *sums, const pq_prefilter *prefilter,
                          pq_floats *out) {
#pragma clang fp contract(fast)
  const pq_floats scaled = prefilter->sum_step * __builtin_convertvector(*sums, pq_floats) + prefilter->sum_base;
  *out = corrected->factor * scaled + corrected->offset;
}

/// The most queries that one pass over the blocks serves.
enum { pq_together = 8 };

/// A scan for at most `pq_together` queries, whose counts are zero.
typedef void (*pq_scan_some)(const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                             const rbk_pq_corrections *corrections, const pq_prefilter *prefilters,
                             rbk_pq_query *queries, size_t nq);

/// A scan for any number of queries.
PQ_INLINE void pq_scan_all(const pq_scan_some scan, const uint8_t *blocks, size_t n, size_t m, const uint8_t *next,
                           const rbk_pq_corrections *corrections, rbk_pq_query *queries, size_t nq) {
  for (size_t i = 0; i < nq; i += pq_together) {
    const size_t some = nq - i < pq_together ? nq - i : pq_together;
    pq_prefilter prefilters[pq_together];
    for (size_t k = 0; k < some; k++) {
      queries[i + k].count = 0;
      prefilters[k] = pq_make_prefilter(corrections, &queries[i + k].estimate);
    }
    scan(blocks, n, m, i + some < nq ? blocks : next, corrections, prefilters, queries + i, some);
  }
}

/// Appends those of the passing vectors of a block whose estimates are within the limit; few blocks have any.
static __attribute__((noinline)) void pq_append(uint64_t passing, const rbk_pq_corrections *corrections,
                                                const uint8_t *stored, size_t vectors, const int32_t *sums,
                                                size_t start, rbk_pq_query *query) {
#pragma clang fp contract(off)
  const rbk_pq_estimate *estimate = &query->estimate;
  const uint16_t *offsets = (const void *)stored, *factors = offsets + vectors;
  for (; passing; passing &= passing - 1) {
    const uint32_t lane = (uint32_t)__builtin_ctzll(passing);
    const float offset = corrections->offset_step * offsets[lane];
    const float factor = corrections->factor_base + corrections->factor_step * factors[lane];
    const float sum = estimate->sum_base + estimate->sum_step * (float)sums[lane];
    const float value = (estimate->base + offset) + factor * sum;
    if (value > estimate->limit) continue;
    query->kept[query->count++] = (rbk_pq_kept){(uint32_t)start + lane, value};
  }
}

/// Appends what one query keeps of a block of `vectors` vectors whose first is `start`, given their sums in order.
///
/// `stored` are their corrections behind the codes, `corrected` the same as numbers.
PQ_INLINE void pq_keep(const rbk_pq_corrections *corrections, const uint8_t *stored, const pq_corrected *corrected,
                       const pq_ints *sums, const size_t vectors, size_t start, size_t n,
                       const pq_prefilter *prefilter, rbk_pq_query *query) {
  uint64_t passing = 0;
  for (size_t part = 0; part < vectors / 16; part++) {
    pq_floats rough;
    pq_roughly(&corrected[part], &sums[part], prefilter, &rough);
    passing |= (uint64_t)pq_within(&rough, prefilter->limit) << 16 * part;
  }
  if (n - start < vectors) passing &= ((uint64_t)1 << (n - start)) - 1;
  if (!passing) return;
  // A copy, so that the sums themselves can stay in registers.
  pq_ints copied[4];
  for (size_t part = 0; part < vectors / 16; part++) copied[part] = sums[part];
  pq_append(passing, corrections, stored, vectors, (const int32_t *)copied, start, query);
}
