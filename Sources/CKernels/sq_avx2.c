#include "sq_tables.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "sq_common.h"

SQ_INLINE __m256i four(const int8_t *q) {
  int32_t bytes;
  memcpy(&bytes, q, 4);
  return _mm256_set1_epi32(bytes);
}

/// Appends the lanes of one block that the bound lets pass.
SQ_INLINE void keep(const float *offsets, size_t lanes, uint32_t first, const __m256i sums[2],
                    const rbk_sq_bound *bound, const sq_results out, size_t i) {
  const float *errors = offsets + rbk_sq_lanes;
  const __m256 scale = _mm256_set1_ps(bound->scale), most = _mm256_set1_ps(bound->most),
               slope = _mm256_set1_ps(bound->slope);
  __m256 values[2];
  uint32_t mask = 0;
  for (int half = 0; half < 2; half++) {
    values[half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[half]), scale, _mm256_loadu_ps(offsets + 8 * half));
    const __m256 limit = _mm256_fmadd_ps(_mm256_loadu_ps(errors + 8 * half), slope, most);
    mask |= (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(values[half], limit, _CMP_NGT_UQ)) << 8 * half;
  }
  mask &= (1u << lanes) - 1;
  if (out.marks) out.marks[i * out.stride + first / rbk_sq_lanes] = (uint16_t)mask;
  if (out.marks || !mask) return;
  float written[rbk_sq_lanes];
  for (int half = 0; half < 2; half++) _mm256_storeu_ps(written + 8 * half, values[half]);
  sq_append(out, i, mask, first, written, errors);
}

enum {
  /// Queries that share unpacked codes.
  tile = 4,
  /// How far ahead of the scan memory is asked for, up to the end of the blocks (4 bits, d = 384 from memory: 52 cycles
  /// a vector without, 45 with it).
  distance = 4096,
};

/// Groups whose 16-bit sums are added before they are widened: 4 · 2 · 2 · 15 · 127 and 2 · 2 · 63 · 127 stay below
/// 2¹⁵.
SQ_INLINE size_t run(const int bits) { return bits == 4 ? 4 : 1; }

/// Adds the products of `count` groups from `block` on, at most `run`, for `nq` queries, a constant.
SQ_INLINE void add_groups(const int bits, const uint8_t *block, const size_t count, size_t ahead, const int8_t *queries,
                          const int nq, size_t query_bytes, __m256i sums[tile][2]) {
  const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256i shorts[tile][2];
  for (int i = 0; i < nq; i++) shorts[i][0] = shorts[i][1] = _mm256_setzero_si256();
  for (size_t g = 0; g < count; g++) {
    const uint8_t *group = block + g * sq_group_bytes(bits);
    __builtin_prefetch(group + ahead, 0, 3);
    if (bits == 6) __builtin_prefetch(group + ahead + 64, 0, 3);
    __m256i z0[2], z1[2];
    for (int half = 0; half < 2; half++) {
      const __m256i codes = _mm256_loadu_si256((const void *)(group + 32 * half));
      z0[half] = bits == 4 ? _mm256_and_si256(codes, low) : codes;
      z1[half] = bits == 4 ? _mm256_and_si256(_mm256_srli_epi16(codes, 4), low)
                           : _mm256_loadu_si256((const void *)(group + 64 + 32 * half));
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
SQ_INLINE void scan_block(const int bits, const uint8_t *block, size_t groups, size_t n, size_t first,
                          const int8_t *queries, const int nq, const rbk_sq_bound *bounds, const sq_results out) {
  const size_t left = n - first, bytes = rbk_sq_block_bytes(bits, groups * 8);
  const size_t ahead = left / rbk_sq_lanes * bytes > distance ? distance : 0;
  __m256i sums[tile][2];
  for (int i = 0; i < nq; i++) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
  size_t g = 0;
  for (; g + run(bits) <= groups; g += run(bits))
    add_groups(bits, block + g * sq_group_bytes(bits), run(bits), ahead, queries + 8 * g, nq, groups * 8, sums);
  if (g < groups)
    add_groups(bits, block + g * sq_group_bytes(bits), groups - g, ahead, queries + 8 * g, nq, groups * 8, sums);
  const uint8_t *offsets = block + groups * sq_group_bytes(bits);
  __builtin_prefetch(offsets + ahead, 0, 3);
  __builtin_prefetch(offsets + ahead + 64, 0, 3);
  for (int i = 0; i < nq; i++)
    keep((const float *)offsets, left < rbk_sq_lanes ? left : rbk_sq_lanes, (uint32_t)first, sums[i], bounds + i, out,
         (size_t)i);
}

#include "sq_scan.h"

SQ_BOTH(rbk_sq_avx2, scan, scan)
#pragma clang attribute pop
#endif
