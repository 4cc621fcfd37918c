#include "sq4_tables.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "sq4_common.h"

static inline __m256i four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return _mm256_set1_epi32(bytes);
}

/// Appends the lanes of one block that the bound lets pass.
static inline size_t keep(const uint8_t *block, size_t groups, size_t lanes, uint32_t first, const __m256i sums[2],
                          const rbk_sq4_bound *bound, rbk_sq4_kept *kept) {
  const float *offsets = (const float *)(block + groups * 64), *errors = offsets + rbk_sq4_lanes;
  float values[rbk_sq4_lanes];
  uint32_t mask = 0;
  for (int half = 0; half < 2; half++) {
    const __m256 offset = _mm256_loadu_ps(offsets + 8 * half), error = _mm256_loadu_ps(errors + 8 * half);
    const __m256 value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[half]), _mm256_set1_ps(bound->scale),
                                         _mm256_add_ps(offset, _mm256_set1_ps(bound->base)));
    const __m256 slope = _mm256_fmadd_ps(error, _mm256_set1_ps(bound->t2), _mm256_set1_ps(bound->t1));
    const __m256 limit = _mm256_fmadd_ps(error, slope, _mm256_set1_ps(bound->t0));
    _mm256_storeu_ps(values + 8 * half, value);
    mask |= (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(value, limit, _CMP_NGT_UQ)) << 8 * half;
  }
  return sq4_append(mask & ((1u << lanes) - 1), first, values, errors, kept);
}

enum {
  /// Groups whose 16-bit sums are added before they are widened: 4 · 2 · 2 · 15 · 127 stays below 2¹⁵.
  run = 4,
  /// Queries that share unpacked codes.
  tile = 4,
  /// How far ahead of the scan memory is asked for, up to the end of the blocks (d = 384 from memory: 52 cycles a
  /// vector without, 45 with it).
  distance = 4096,
};

/// Adds the products of `count` groups from `block` on, at most `run`, for `nq` queries, a constant.
static inline __attribute__((always_inline)) void add_groups(
    const uint8_t *block, const size_t count, size_t ahead, const int8_t *queries, const int nq, size_t query_bytes,
    __m256i sums[tile][2]) {
  const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256i shorts[tile][2];
  for (int i = 0; i < nq; i++) shorts[i][0] = shorts[i][1] = _mm256_setzero_si256();
  for (size_t g = 0; g < count; g++) {
    __builtin_prefetch(block + ahead + g * 64, 0, 3);
    __m256i z0[2], z1[2];
    for (int half = 0; half < 2; half++) {
      const __m256i codes = _mm256_loadu_si256((const void *)(block + g * 64 + 32 * half));
      z0[half] = _mm256_and_si256(codes, low);
      z1[half] = _mm256_and_si256(_mm256_srli_epi16(codes, 4), low);
    }
    for (int i = 0; i < nq; i++) {
      const int8_t *q = queries + (size_t)i * query_bytes + 8 * g;
      const __m256i q0 = four(q), q1 = four(q + 4);
      for (int half = 0; half < 2; half++) {
        shorts[i][half] = _mm256_add_epi16(shorts[i][half], _mm256_maddubs_epi16(z0[half], q0));
        shorts[i][half] = _mm256_add_epi16(shorts[i][half], _mm256_maddubs_epi16(z1[half], q1));
      }
    }
  }
  for (int i = 0; i < nq; i++)
    for (int half = 0; half < 2; half++)
      sums[i][half] = _mm256_add_epi32(sums[i][half], _mm256_madd_epi16(shorts[i][half], ones));
}

/// One block for `nq` queries, a constant: codes are unpacked once for all of them.
static inline __attribute__((always_inline)) void scan_block(
    const uint8_t *block, size_t groups, size_t ahead, size_t lanes, uint32_t first, const int8_t *queries,
    const int nq, const rbk_sq4_bound *bounds, rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  __m256i sums[tile][2];
  for (int i = 0; i < nq; i++) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
  size_t g = 0;
  for (; g + run <= groups; g += run) add_groups(block + g * 64, run, ahead, queries + 8 * g, nq, groups * 8, sums);
  if (g < groups) add_groups(block + g * 64, groups - g, ahead, queries + 8 * g, nq, groups * 8, sums);
  __builtin_prefetch(block + ahead + groups * 64, 0, 3);
  __builtin_prefetch(block + ahead + groups * 64 + 64, 0, 3);
  for (int i = 0; i < nq; i++)
    counts[i] += keep(block, groups, lanes, first, sums[i], bounds + i, kept + (size_t)i * stride + counts[i]);
}

static inline __attribute__((always_inline)) void scan_queries(
    const uint8_t *blocks, size_t n, size_t d, const int8_t *queries, const int nq, const rbk_sq4_bound *bounds,
    rbk_sq4_kept *kept, size_t stride, size_t *counts) {
  for (int i = 0; i < nq; i++) counts[i] = 0;
  const size_t bytes = rbk_sq4_block_bytes(d);
  for (size_t first = 0; first < n; first += rbk_sq4_lanes, blocks += bytes) {
    const size_t left = n - first, ahead = left / rbk_sq4_lanes * bytes > distance ? distance : 0;
    scan_block(blocks, (d + 7) / 8, ahead, left < rbk_sq4_lanes ? left : rbk_sq4_lanes, (uint32_t)first, queries, nq,
               bounds, kept, stride, counts);
  }
}

#include "sq4_scan.h"

const rbk_sq4_kernels rbk_sq4_avx2 = {encode, query, scan, scan};
#pragma clang attribute pop
#endif
